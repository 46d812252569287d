import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import { QueueClient } from '@azure/storage-queue';
import { expect, it, vi } from 'vitest';
import { secretNameOf } from '../../local/demo/scenario.ts';
import { VAULT } from '../../local/environment.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { credentialOf } from '../azure/fixtures.ts';
import { givenEnvironment, type TestEnvironment } from './environment.ts';

const NAME = 'contoso-language';

it('a person regenerates the active key: apps have a new one without any tick', async () => {
  // Nothing but an event of Azure's can tell of it: no tick comes, and no look is due for an hour.
  const environment = await givenEnvironment({
    accounts: [{ name: NAME, kind: 'TextAnalytics' }],
    listed: [NAME],
    settings: {
      TWINKEY_TICK_SCHEDULE: '0 0 0 1 1 *',
      TWINKEY_CHECK_INTERVAL: 'PT1H',
      TWINKEY_DEFAULT_OVERLAP: 'PT2H',
      TWINKEY_DEFAULT_PERIOD: 'P1D',
    },
  });
  const { azure, account, untilEvents } = environment;
  const { id, keys, resourceGroup, subscription } = account(NAME);
  const queue = new QueueClient(environment.azurite.connectionString, 'twinkey-passes');
  await queue.createIfNotExists();
  const start = { until: Number.MAX_SAFE_INTEGER };
  const message = JSON.stringify({ accountId: id.toLowerCase(), start });
  const firstPass = untilLine(environment, '"message":"pass ');
  await queue.sendMessage(Buffer.from(message).toString('base64'));
  await firstPass;
  const newest = () => azure.model.vaults.get(VAULT)?.peek(secretNameOf(NAME)).at(-1);
  const published = newest();
  const slot = keys.value('Key1') === published?.value ? 'Key1' : 'Key2';

  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const person = new CognitiveServicesManagementClient(credentialOf(azure), subscription, {
    endpoint: azure.armEndpoint,
    credentialScopes: ['https://management.azure.com/.default'],
  });
  const beganAt = performance.now();
  await person.accounts.regenerateKey(resourceGroup, NAME, slot);
  vi.unstubAllEnvs();
  expect(keys.accepts(published?.value ?? '')).toBe(false);
  await untilEvents(EVENT_TYPES.keyActivated, NAME, 2);
  const seconds = ((performance.now() - beganAt) / 1_000).toFixed(1);
  console.log(`healed and announced ${seconds} s after a person regenerated the active key`);

  // Told of before the record has the version, it is looked at once more and nothing comes of it.
  await untilLine(environment, /has a new version: (its own deed|looked at now)/);

  expect(newest()?.version).not.toBe(published?.version);
  expect(keys.accepts(newest()?.value ?? '')).toBe(true);
  const regenerated = environment.hostLines.filter((line) => line.includes('was regenerated: '));
  expect(regenerated).toHaveLength(1);
  expect(regenerated[0]).toContain('looked at now');
});

/** Resolves when the host has printed a line with this text, or does. */
async function untilLine(
  { host, hostLines }: TestEnvironment,
  text: string | RegExp,
): Promise<void> {
  const isIt = (line: string) => line.search(text) >= 0;
  if (hostLines.some(isIt)) return;
  await new Promise<void>((resolve) => {
    host.onLine((line) => isIt(line) && resolve());
  });
}
