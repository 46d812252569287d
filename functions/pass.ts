import { app, type InvocationContext } from '@azure/functions';
import { parsePassMessage } from '../shared/api/passMessage.ts';
import { carryOut } from '../shared/service/carryOut.ts';
import { ASKED_QUEUE, PASS_QUEUE, STORAGE_CONNECTION } from './wiring/passQueue.ts';
import { dependenciesOf } from './wiring/service.ts';

/** Workers: one message, one pass over one account. */
app.storageQueue('pass', {
  queueName: PASS_QUEUE,
  connection: STORAGE_CONNECTION,
  handler: work,
});

/** The same for what somebody asked for: a leaked key does not wait behind a whole fleet that is due. */
app.storageQueue('passAsked', {
  queueName: ASKED_QUEUE,
  connection: STORAGE_CONNECTION,
  handler: work,
});

async function work(message: unknown, context: InvocationContext): Promise<void> {
  await carryOut(parsePassMessage(message), await dependenciesOf(context));
}
