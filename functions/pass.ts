import { app } from '@azure/functions';
import { parsePassMessage } from '../shared/api/passMessage.ts';
import { dependenciesFor } from '../shared/azure/service.ts';
import { runPass } from '../shared/service/pass.ts';
import { logOf } from './wiring/log.ts';
import { PASS_QUEUE, STORAGE_CONNECTION } from './wiring/passQueue.ts';

/** A worker: one message, one pass over one account. */
app.storageQueue('pass', {
  queueName: PASS_QUEUE,
  connection: STORAGE_CONNECTION,
  handler: async (message, context) => {
    const { accountId, start } = parsePassMessage(message);
    await runPass(accountId, dependenciesFor(logOf(context)), start);
  },
});
