import { app, type InvocationContext } from '@azure/functions';
import { readAzureEvent } from '../shared/api/azureEvents.ts';
import { heed } from '../shared/service/notices.ts';
import { passOutputs, passQueueOf } from './wiring/passQueue.ts';
import { dependenciesOf } from './wiring/service.ts';

/** Key Vault: a secret expires soon, or somebody set a new version. */
app.eventGrid('onVaultEvent', { extraOutputs: passOutputs, handler: onEvent });

/** Azure Resource Manager: somebody regenerated a key. */
app.eventGrid('onResourceEvent', { extraOutputs: passOutputs, handler: onEvent });

async function onEvent(event: unknown, context: InvocationContext): Promise<void> {
  const reading = readAzureEvent(event);
  // Sent again it would be no better: to fail would only bring it back for a day.
  if (!reading.ok) return context.warn(`an event is left aside: ${reading.why}`);
  await heed(reading.notice, await dependenciesOf(context), passQueueOf(context));
}
