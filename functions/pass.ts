import { app } from '@azure/functions';
import { parsePassMessage } from '../shared/api/passMessage.ts';
import { carryOut } from '../shared/service/carryOut.ts';
import { PASS_QUEUE, STORAGE_CONNECTION } from './wiring/passQueue.ts';
import { dependenciesOf } from './wiring/service.ts';

/** A worker: one message, one pass over one account. */
app.storageQueue('pass', {
  queueName: PASS_QUEUE,
  connection: STORAGE_CONNECTION,
  handler: async (message, context) => {
    await carryOut(parsePassMessage(message), await dependenciesOf(context));
  },
});
