import { expect, onTestFinished } from 'vitest';
import { type AppProcess, spawnApp } from '../../local/apps/appProcess.ts';
import type { Account } from '../../local/azure/model/account.ts';
import type { Vault } from '../../local/azure/model/vault.ts';
import { ActiveKeyGuard } from '../../local/demo/activeKeyGuard.ts';
import { secretNameOf } from '../../local/demo/scenario.ts';
import { VAULT } from '../../local/environment.ts';
import { accountPath } from '../../shared/core/accountPath.ts';
import type { EventType } from '../../shared/core/events.ts';
import { givenEnvironment, type TestEnvironment } from '../e2e/environment.ts';
import { type Instance, instanceOf } from './instances.ts';

/** Nothing but the one rotation that is asked for: the schedule's next ones are far away. */
const PACE = {
  // Each host has another port; events that are sent again say the same.
  TWINKEY_API_URL: 'http://127.0.0.1:9/api',
  // With room for a machine that has three hosts and much else to do.
  TWINKEY_SEND_WITHIN: 'PT5S',
  TWINKEY_CALL_TIMEOUT: 'PT4S',
  TWINKEY_QUARANTINE: 'PT10S',
  TWINKEY_DEFAULT_OVERLAP: 'PT20S',
  TWINKEY_DEFAULT_PERIOD: 'PT1H',
  TWINKEY_CHECK_INTERVAL: 'PT1M',
};

/** A fleet, several instances that work on it, and an app that calls every account now and then. */
export interface FleetScene {
  readonly environment: TestEnvironment;
  readonly accounts: readonly Account[];
  readonly vault: Vault;
  readonly instances: readonly Instance[];
  readonly app: AppProcess;
  readonly guard: ActiveKeyGuard;
  /** Asks for one rotation of every account, over the API of an instance. */
  rotateAll(instance: Instance): Promise<void>;
  /** Resolves when each account has had `count` different events of a type. */
  untilAll(type: EventType, count: number): Promise<void>;
}

/** Starts it, and resolves when every account is adopted and at rest. */
export async function givenFleet(size: number, hosts: number): Promise<FleetScene> {
  const environment = await givenEnvironment({
    accounts: Array.from({ length: size }, (_, index) => ({
      name: `contoso-${index}`,
      kind: 'AIServices',
      tags: { 'key-rotation': 'enabled' },
    })),
    settings: PACE,
    // What a host had when it died is handed out again soon.
    hostArguments: ['--queue-hidden-seconds', '4', '--drain-seconds', '1'],
    throttles: {},
  });
  const { azure, functionKey } = environment;
  const vault = azure.model.vaults.get(VAULT);
  if (!vault) throw new Error('no vault');
  const accounts = azure.model.accounts.all();
  const guarded = accounts.map(({ id, name }) => ({ id, name, secretName: secretNameOf(name) }));
  const guard = new ActiveKeyGuard(azure.model, vault, guarded);
  const instances = [instanceOf(environment.host)];
  while (instances.length < hosts) instances.push(instanceOf(await environment.addHost()));
  const headers = { 'x-functions-key': functionKey, 'content-type': 'application/json' };
  return {
    environment,
    accounts,
    vault,
    instances,
    guard,
    app: await givenApp(environment, accounts),
    rotateAll: async ({ host }) => {
      const body = JSON.stringify({ reason: 'the round' });
      const ask = async ({ id, name }: Account) => {
        const url = `${host.url}/api/accounts/${accountPath(id.toLowerCase())}/rotations`;
        const once = { ...headers, 'idempotency-key': `the-round-of-${name}` };
        const post = async () => (await fetch(url, { method: 'POST', headers: once, body })).status;
        let status = await post();
        // A busy machine may be too slow for a call to storage; whoever asks asks once more.
        while (status === 503) status = await post();
        expect(status).toBe(202);
      };
      await Promise.all(accounts.map(ask));
    },
    untilAll: async (type, count) => {
      for (const { name } of accounts) await environment.untilEvents(type, name, count);
    },
  };
}

async function givenApp(
  { vaultUrl, clientSettings }: TestEnvironment,
  accounts: readonly Account[],
): Promise<AppProcess> {
  const app = await spawnApp({
    app: 'pollApp',
    configuration: {
      type: 'start',
      vaultUrl,
      pollIntervalMs: 4_000,
      thinkTimeMs: 4_000,
      accounts: accounts.map(({ name, kind, location, endpoint }) => {
        return { name, kind, location, endpoint, secretName: secretNameOf(name) };
      }),
    },
    settings: { ...clientSettings },
    onLine: (line) => expect.fail(line),
  });
  onTestFinished(() => app.stop());
  return app;
}
