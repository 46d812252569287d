import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  AzureModel,
  inProcessPorts,
  ManualTime,
  runOnVirtualTime,
  startSimulatedAzure,
} from '../../local/azure/index.ts';
import { sleep } from '../../local/azure/model/time.ts';
import { ArmAccounts } from '../../shared/azure/accounts.ts';
import { Quotas } from '../../shared/azure/quotas.ts';
import { VaultSecrets } from '../../shared/azure/secrets.ts';
import { Key } from '../../shared/service/key.ts';
import type { Accounts, Secrets } from '../../shared/service/ports.ts';
import { credentialOf, onEnd } from './fixtures.ts';

/** A simulated Azure, the ports to it, and what their caller knows of its limits. */
interface Side {
  readonly model: AzureModel;
  readonly quotas: Quotas;
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly vaultUrl: string;
  now(): number;
  run<T>(work: Promise<T>): Promise<T>;
}

type Bucket = 'armRead' | 'armWrite';

async function inProcess(listKeysBucket: Bucket): Promise<Side> {
  const time = new ManualTime(Date.UTC(2030, 0, 1));
  const model = new AzureModel(time, (name) => `https://${name}.test/`);
  const vaultUrl = 'https://main.vault.test';
  model.addVault('main', vaultUrl);
  const random = () => 0.5;
  const quotas = new Quotas({ clock: time, sleep: (ms) => sleep(time, ms), random });
  const options = { listedIds: [], subscriptionIds: [], callTimeoutMs: 30_000, listKeysBucket };
  const ports = inProcessPorts(model, { ...options, quotas });
  const run = <T>(work: Promise<T>) => runOnVirtualTime(time, work);
  return { model, quotas, ...ports, vaultUrl, now: () => time.now(), run };
}

async function overTheWire(listKeysBucket: Bucket): Promise<Side> {
  const azure = await startSimulatedAzure({ arm: { listKeysBucket } });
  onEnd(() => azure.close());
  const clock = { now: () => Date.now() };
  const quotas = new Quotas({ clock, sleep: setTimeout, random: () => 0.5 });
  const common = { credential: credentialOf(azure), callTimeoutMs: 20_000, clock, quotas };
  return {
    model: azure.model,
    quotas,
    accounts: new ArmAccounts({
      accountIds: [],
      subscriptionIds: [],
      armEndpoint: azure.armEndpoint,
      armScope: 'https://management.azure.com/.default',
      ...common,
    }),
    secrets: new VaultSecrets({ verifyVaultHost: false, ...common }),
    vaultUrl: String(azure.vaultUrls['main']),
    now: clock.now,
    run: (work) => work,
  };
}

describe.each([
  ['in process', inProcess],
  ['over the wire, with the real SDKs', overTheWire],
])("Azure's limits, %s:", (_, start) => {
  async function given(listKeysBucket: Bucket = 'armRead') {
    const side = await start(listKeysBucket);
    const { id, keys } = side.model.accounts.add({ name: 'lang' });
    const publish = () => {
      const version = { value: new Key('value'), tags: {}, expiresAt: side.now() + 86_400_000 };
      const ref = { vaultUrl: side.vaultUrl, name: 'lang-key' };
      return side.run(side.secrets.publish(ref, version, side.now() + 60_000));
    };
    const place = { subscriptionId: side.model.subscription, vaultUrl: side.vaultUrl };
    return { ...side, id: id.toLowerCase(), keys, publish, place };
  }

  const throttleAt = (operation: string) => ({
    operation,
    times: 1,
    fault: { kind: 'status', status: 429, retryAfterSeconds: 30 } as const,
  });

  it.each([
    ['armRead', 'armReads'],
    ['armWrite', 'armWrites'],
  ] as const)('the answer to listKeys tells that it draws from %s', async (bucket, kind) => {
    const { quotas, accounts, id, run } = await given(bucket);
    await run(accounts.listKeys(id));
    expect(quotas.armKind('POST', 'listKeys')).toBe(kind);
  });

  it('after a 429 nothing is sent before its Retry-After is over', async () => {
    const { model, accounts, id, run } = await given();
    model.faults.set([throttleAt('getAccount')]);
    await expect(run(accounts.get(id))).rejects.toMatchObject({ kind: 'throttled' });
    const sent = model.log.entries.length;
    const failure = await run(accounts.get(id)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'throttled', retriable: true });
    expect((failure as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(29_000);
    expect(model.log.entries).toHaveLength(sent);
  });

  it('whoever is told to wait comes back in turn, as fast as the bucket refills', async () => {
    const { model, accounts, id, run, quotas, place } = await given();
    model.faults.set([throttleAt('getAccount')]);
    await run(accounts.get(id)).catch(() => {});
    const waits: number[] = [];
    for (let count = 0; count < 50; count++) {
      const refused = await run(quotas.admit(place, 'finish')).catch((error: unknown) => error);
      waits.push((refused as { retryAfterMs: number }).retryAfterMs);
    }
    const [first = 0, last = 0] = [waits[0], waits.at(-1)];
    // Four reads each, of which half of 25 a second are this instance's now.
    expect((last - first) / 49).toBeGreaterThan((4 / 25) * 1000);
  });

  it('a regenerate that there is no room for is not sent, and leaves no doubt', async () => {
    const { model, accounts, id, keys, run, now } = await given();
    model.faults.set([throttleAt('regenerateKey')]);
    const regenerate = () => run(accounts.regenerateKey(id, 'Key2', now() + 60_000));
    const before = keys.value('Key2');
    expect(await regenerate()).toMatchObject({ kind: 'refused' });
    expect(await regenerate()).toMatchObject({ kind: 'refused', failure: { kind: 'throttled' } });
    expect(model.log.count({ operation: 'regenerateKey' })).toBe(1);
    expect(keys.value('Key2')).toBe(before);
  });

  it('a new version that there is no room for is not sent, and leaves no doubt', async () => {
    const { model, publish } = await given();
    model.faults.set([throttleAt('setSecret')]);
    expect(await publish()).toMatchObject({ kind: 'refused' });
    expect(await publish()).toMatchObject({ kind: 'refused', failure: { kind: 'throttled' } });
    expect(model.log.count({ operation: 'setSecret' })).toBe(1);
  });

  it('rotations start only while there is enough left for those under way', async () => {
    const { model, accounts, id, run, quotas, place } = await given();
    await run(accounts.get(id));
    // Another instance takes most of what is there.
    const fault = { kind: 'status', status: 429, retryAfterSeconds: 12 } as const;
    expect(await run(quotas.admit(place, 'start'))).toBeUndefined();
    model.faults.set([{ operation: 'getAccount', times: 1, fault }]);
    await run(accounts.get(id)).catch(() => {});
    const waitOf = async (purpose: 'start' | 'finish') => {
      const refused = await run(quotas.admit(place, purpose)).catch((error: unknown) => error);
      return (refused as { retryAfterMs: number }).retryAfterMs;
    };
    const [finish, begin] = [await waitOf('finish'), await waitOf('start')];
    expect(begin).toBeGreaterThan(finish + 1_000);
  });
});
