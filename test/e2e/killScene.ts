import { QueueClient } from '@azure/storage-queue';
import { expect, onTestFinished } from 'vitest';
import { type AppProcess, spawnApp } from '../../local/apps/appProcess.ts';
import type { FaultRule } from '../../local/azure/index.ts';
import { ActiveKeyGuard } from '../../local/demo/activeKeyGuard.ts';
import { secretNameOf } from '../../local/demo/scenario.ts';
import { VAULT } from '../../local/environment.ts';
import { TableRecords } from '../../shared/azure/records.ts';
import { givenEnvironment, type TestEnvironment } from './environment.ts';

/** The account of the scene. */
export const ACCOUNT = 'contoso-language';

/** As fast as the limits allow: whoever comes after a killed host waits for its claim to end. */
const PACE = {
  // The queue is fed by the test alone: a timer's lock would outlive a killed host by 15 seconds.
  TWINKEY_TICK_SCHEDULE: '0 0 0 1 1 *',
  // Another host has another port; events that are sent again say the same.
  TWINKEY_API_URL: 'http://127.0.0.1:9/api',
  TWINKEY_SEND_WITHIN: 'PT2S',
  TWINKEY_CALL_TIMEOUT: 'PT1S',
  TWINKEY_CLOCK_SKEW: 'PT0.2S',
  TWINKEY_VERIFICATION_LIMIT: 'PT1M',
  TWINKEY_CLAIM: 'PT1.1S',
  TWINKEY_QUARANTINE: 'PT3.5S',
  TWINKEY_DEFAULT_OVERLAP: 'PT4S',
  TWINKEY_DEFAULT_PERIOD: 'PT5S',
};

/** One account, and a host to be killed. */
export interface Scene {
  readonly environment: TestEnvironment;
  readonly guard: ActiveKeyGuard;
  /** Puts the first message on the queue. */
  begin(): Promise<void>;
  /** Kills the host and starts another. */
  kill(): Promise<void>;
  /** Starts another after the host died; no message of the queue reaches it before it is up. */
  startAnother(settings: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Stops the host once it has written what it is about to regenerate, and before it does; starts
   * another then. What is returned wakes the first.
   */
  freeze(): Promise<() => void>;
}

interface SceneOptions {
  readonly faults?: readonly FaultRule[];
  /** Of the host that is started first. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** One account, a host that is killed on demand and restarted, and passes without end. */
export async function givenScene({
  faults = [],
  settings = {},
}: SceneOptions = {}): Promise<Scene> {
  const environment = await givenEnvironment({
    accounts: [{ name: ACCOUNT, kind: 'TextAnalytics' }],
    listed: [ACCOUNT],
    faults,
    settings: { ...PACE, ...settings },
    hostArguments: ['--queue-hidden-seconds', '1', '--drain-seconds', '1'],
  });
  const { azure } = environment;
  const guarded = [
    { id: environment.account(ACCOUNT).id, name: ACCOUNT, secretName: secretNameOf(ACCOUNT) },
  ];
  const vault = azure.model.vaults.get(VAULT);
  if (!vault) throw new Error('no vault');
  const guard = new ActiveKeyGuard(azure.model, vault, guarded);
  const feed = feedQueue(environment);
  feed.watch();
  const startAnother = async (changed = {}) => {
    await environment.restartHost(changed);
    feed.watch();
    await feed.put();
  };
  return {
    environment,
    guard,
    begin: () => feed.put(),
    kill: async () => {
      const { host } = environment;
      host.kill('SIGKILL');
      await host.exited;
      await startAnother();
    },
    startAnother: async (changed) => {
      await feed.clear();
      await startAnother(changed);
    },
    freeze: async () => {
      const { host } = environment;
      await stopWithIntent(environment);
      onTestFinished(() => host.kill('SIGKILL'));
      await startAnother();
      return () => host.kill('SIGCONT');
    },
  };
}

/**
 * Stops the host at every read of the vault, and lets it go on unless its record shows an intent whose
 * request has not left.
 */
async function stopWithIntent({ azure, azurite, host, account }: TestEnvironment): Promise<void> {
  const { log } = azure.model;
  const storage = { connectionString: azurite.connectionString };
  const credential = { getToken: () => Promise.reject(new Error('not needed with a key')) };
  const records = new TableRecords('twinkey', { storage, credential, callTimeoutMs: 20_000 });
  const accountId = account(ACCOUNT).id.toLowerCase();
  for (;;) {
    await log.next({ operation: 'getSecret', end: 200 });
    host.kill('SIGSTOP');
    const sent = log.count({ operation: 'regenerateKey' });
    const { stored } = await records.readOwn(accountId);
    if (sent === 0 && stored?.record.intent?.kind === 'regenerate') return;
    host.kill('SIGCONT');
  }
}

/** Asks for a pass now, and for the next one a second after each. */
function feedQueue(environment: TestEnvironment) {
  const queue = new QueueClient(environment.azurite.connectionString, 'twinkey-passes');
  const accountId = environment.account(ACCOUNT).id.toLowerCase();
  // Without ticks nobody else would let rotations begin.
  const start = { until: Number.MAX_SAFE_INTEGER };
  const message = Buffer.from(JSON.stringify({ accountId, start })).toString('base64');
  const put = async (visibilityTimeout = 0) => {
    await queue.createIfNotExists();
    await queue.sendMessage(message, { visibilityTimeout });
  };
  const watch = () => {
    environment.host.onLine((line) => {
      if (line.includes('"message":"pass ')) void put(1).catch(() => {});
    });
  };
  return { put, watch, clear: () => queue.clearMessages() };
}

/** An app that reads its secret every second and calls the account without pause. */
export async function givenApp({
  vaultUrl,
  clientSettings,
  account,
}: TestEnvironment): Promise<AppProcess> {
  const { name, kind, location, endpoint } = account(ACCOUNT);
  const accounts = [{ name, kind, location, endpoint, secretName: secretNameOf(name) }];
  const app = await spawnApp({
    app: 'pollApp',
    configuration: { type: 'start', vaultUrl, pollIntervalMs: 1_000, accounts },
    settings: { ...clientSettings },
    onLine: (line) => expect.fail(line),
  });
  onTestFinished(() => app.stop());
  return app;
}

/** No request failed, no active key was touched, and each key was regenerated in its turn. */
export async function expectIntact({ environment, guard }: Scene, app: AppProcess) {
  await app.stop();
  const counter = app.counters()[ACCOUNT];
  expect(counter?.failed, counter?.lastFailure ?? '').toBe(0);
  expect(counter?.served).toBeGreaterThan(50);
  expect(guard.violations).toEqual([]);
  const { keys } = environment.account(ACCOUNT);
  const slots = keys.regenerations.map(({ slot }) => slot);
  // Adoption ends with the slot that is not published; from then on both in turn, that one first.
  expect(slots[1]).toBe(slots[0]);
  expect(slots[2]).not.toBe(slots[1]);
}
