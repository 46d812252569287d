import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import {
  AzureModel,
  inProcessPorts,
  ManualTime,
  runOnVirtualTime,
  type SimulatedAzure,
  startSimulatedAzure,
} from '../../local/azure/index.ts';
import type { AccountSpec } from '../../local/azure/model/account.ts';
import type { ModelSettings } from '../../local/azure/model/azure-model.ts';
import type { Fault } from '../../local/azure/model/faults.ts';
import { ArmAccounts } from '../../shared/azure/accounts.ts';
import { TopicEvents } from '../../shared/azure/events.ts';
import { DataPlaneProber } from '../../shared/azure/prober.ts';
import { VaultSecrets } from '../../shared/azure/secrets.ts';
import { Key } from '../../shared/service/key.ts';
import type { Accounts, Events, Prober, Secrets } from '../../shared/service/ports.ts';
import { credentialOf } from '../azure/fixtures.ts';

/** A simulated Azure and the ports to it, by one of two ways. */
interface Side {
  readonly model: AzureModel;
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly events: Events;
  readonly prober: Prober;
  /** What the caller's clock shows, to which deadlines are held. */
  now(): number;
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets time pass until so is the case. */
  until(isSo: () => boolean): Promise<void>;
  /** How long a call takes that comes after the caller has given up (ms). */
  readonly tooLateMs: number;
}

/** A thing to start ahead of all tests and to end after them. */
interface Way {
  start(): Promise<Side>;
  stop(): Promise<void>;
}

/** On virtual time, as simulations reach it. */
const inProcess = (settings: ModelSettings): Way => ({
  start: async () => {
    const time = new ManualTime(Date.UTC(2030, 0, 1));
    const model = new AzureModel(time, (name) => `https://${name}.test/`, {
      throttles: {},
      ...settings,
    });
    model.addVault('main', 'https://main.vault.test');
    const subscriptionIds = [model.subscription];
    const ports = inProcessPorts(model, { listedIds: [], subscriptionIds, callTimeoutMs: 30_000 });
    const run = <T>(work: Promise<T>) => runOnVirtualTime(time, work);
    const until = async (isSo: () => boolean) => {
      time.advance(60_000);
      await run(Promise.resolve());
      expect(isSo()).toBe(true);
    };
    return { model, ...ports, now: () => time.now(), run, until, tooLateMs: 40_000 };
  },
  stop: async () => {},
});

let azure: SimulatedAzure;
/** Over loopback HTTPS with the real SDKs, as production reaches Azure. */
const overTheWire = (settings: ModelSettings): Way => ({
  start: async () => {
    azure = await startSimulatedAzure({ throttles: {}, ...settings });
    const { model } = azure;
    const credential = credentialOf(azure);
    const clock = { now: () => Date.now() };
    const common = { credential, callTimeoutMs: 1_500, clock };
    return {
      model,
      accounts: new ArmAccounts({
        accountIds: [],
        subscriptionIds: [model.subscription],
        armEndpoint: azure.armEndpoint,
        armScope: 'https://management.azure.com/.default',
        ...common,
      }),
      secrets: new VaultSecrets({ verifyVaultHost: false, ...common }),
      events: new TopicEvents({
        topicEndpoint: azure.topicEndpoint,
        topicScope: 'https://eventgrid.azure.net/.default',
        ...common,
      }),
      prober: new DataPlaneProber(common.callTimeoutMs),
      now: clock.now,
      run: (work) => work,
      until: (isSo) => vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 60_000 }),
      tooLateMs: 2_500,
    };
  },
  stop: () => azure.close(),
});

/** What one test gets: see {@link givenOn}. */
export type Given = (spec?: Partial<AccountSpec>) => ReturnType<typeof givenOn>;

/** Runs the tests on both fronts of a simulated Azure of these settings: what holds for one has to hold for the other. */
export function describeBothWays(
  what: string,
  settings: ModelSettings,
  tests: (given: Given) => void,
): void {
  const ways = [
    ['in process', inProcess(settings)],
    ['over the wire, with the real SDKs', overTheWire(settings)],
  ] as const;
  describe.each(ways)(`${what}, %s:`, (_, way) => {
    let side: Side;
    let count = 0;
    beforeAll(async () => {
      side = await way.start();
    });
    afterAll(() => way.stop());
    tests((spec) => {
      count += 1;
      return givenOn(side, count, spec);
    });
  });
}

/** What a test gets: an account and a secret of its own, and what can be done with them. */
function givenOn(side: Side, number: number, spec: Partial<AccountSpec> = {}) {
  const { model } = side;
  const account = model.accounts.add({ name: `lang-${number}`, ...spec });
  const vault = model.vaults.get('main');
  if (!vault) throw new Error('no vault');
  model.faults.clear();
  const ref = { vaultUrl: vault.url, name: `key-${number}` };
  const id = account.id.toLowerCase();
  /** The fault strikes at the next call of that operation. */
  const strike = (operation: string, fault: Fault) =>
    model.faults.set([{ operation, times: 1, fault }]);
  const publish = (value: string, tags: Record<string, string> = {}) => {
    const version = { value: new Key(value), tags, expiresAt: side.now() + 86_400_000 };
    return side.run(side.secrets.publish(ref, version, side.now() + 60_000));
  };
  const enabled = () => vault.peek(ref.name).map((version) => version.enabled);
  const probe = async (value: string) => {
    const found = await side.run(side.accounts.get(id));
    if (!found) throw new Error('no account');
    return side.run(side.prober.probe(found, new Key(value)));
  };
  return { ...side, account, keys: account.keys, id, vault, ref, strike, publish, enabled, probe };
}
