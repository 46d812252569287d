import { describe, expect, it } from 'vitest';
import {
  AzureModel,
  type FaultRule,
  inProcessPorts,
  ManualTime,
  runOnVirtualTime,
  Subscribers,
} from '../../../local/azure/index.ts';
import type { RotationEvent } from '../../../shared/core/events.ts';
import { Key } from '../../../shared/service/key.ts';

const start = Date.UTC(2030, 0, 1);
const callTimeoutMs = 30_000;

function givenPorts(...faults: FaultRule[]) {
  const time = new ManualTime(start);
  const model = new AzureModel(time, (name) => `https://${name}.test/`);
  const account = model.accounts.add({ name: 'Lang', tags: { 'key-rotation': 'enabled' } });
  const vault = model.addVault('main', 'https://main.vault.test');
  model.faults.set(faults);
  const ports = inProcessPorts(model, {
    listedIds: [],
    subscriptionIds: [model.subscription],
    callTimeoutMs,
  });
  const id = account.id.toLowerCase();
  const ref = { vaultUrl: vault.url, name: 'lang-key' };
  const run = <T>(work: Promise<T>) => runOnVirtualTime(time, work);
  return { time, model, keys: account.keys, vault, id, ref, run, ...ports };
}

function version(value: string, tags: Record<string, string> = {}) {
  return { value: new Key(value), tags, expiresAt: start + 1_000 };
}

const regenerate = { operation: 'regenerateKey', target: 'lang', times: 1 };

describe('accounts in process', () => {
  it('are discovered by their tag and read by id', async () => {
    const { run, accounts, model, id } = givenPorts();
    model.accounts.add({ name: 'untagged' });
    const list = async () => {
      const found = [];
      for await (const account of accounts.discover()) found.push(account);
      return found;
    };
    expect(await run(list())).toMatchObject([{ id, name: 'Lang', endpoint: 'https://lang.test' }]);
    expect(await run(accounts.get(id.replace('lang', 'gone')))).toBeNull();
  });

  it('regenerate, and answer with both keys', async () => {
    const { run, accounts, id, keys } = givenPorts();
    const outcome = await run(accounts.regenerateKey(id, 'Key2', start));
    expect(outcome).toMatchObject({ kind: 'done' });
    expect(keys.regenerations).toHaveLength(1);
    const listed = await run(accounts.listKeys(id));
    expect(listed.Key2.reveal()).toBe(keys.value('Key2'));
  });

  it('send nothing after the deadline', async () => {
    const { run, accounts, id, keys } = givenPorts();
    expect(await run(accounts.regenerateKey(id, 'Key2', start - 1))).toEqual({ kind: 'notSent' });
    expect(keys.regenerations).toHaveLength(0);
  });

  it.each([
    ['a 429 is a refusal', { kind: 'status', status: 429, retryAfterSeconds: 7 }, 'refused', 0],
    ['a 500 leaves it open', { kind: 'status', status: 500 }, 'unknown', 0],
    ['a dropped connection leaves it open', { kind: 'drop' }, 'unknown', 0],
    ['a lost response leaves it open', { kind: 'loseResponse' }, 'unknown', 1],
    ['a slow answer in time is an answer', { kind: 'latency', ms: 29_999 }, 'done', 1],
  ] as const)('%s', async (_case, fault, kind, regenerated) => {
    const { run, accounts, id, keys } = givenPorts({ ...regenerate, fault });
    expect(await run(accounts.regenerateKey(id, 'Key2', start))).toMatchObject({ kind });
    expect(keys.regenerations).toHaveLength(regenerated);
  });

  it.each([
    ['a late effect', { kind: 'lateEffect', afterMs: 60_000 }],
    ['an answer slower than the time-out', { kind: 'latency', ms: 60_000 }],
  ] as const)('%s comes after the caller has given up', async (_case, fault) => {
    const { run, accounts, id, keys, time } = givenPorts({ ...regenerate, fault });
    const outcome = await run(accounts.regenerateKey(id, 'Key2', start));
    expect(outcome).toMatchObject({ kind: 'unknown', failure: { kind: 'timeout' } });
    expect(time.now()).toBe(start + callTimeoutMs);
    expect(keys.regenerations).toHaveLength(0);
    time.advance(30_000);
    await run(Promise.resolve());
    expect(keys.regenerations).toMatchObject([{ at: start + 60_000 }]);
  });
});

describe('secrets in process', () => {
  it('read as absent, present, disabled, soft-deleted and recovered', async () => {
    const { run, secrets, ref, vault } = givenPorts();
    expect(await run(secrets.readNewest(ref))).toEqual({ state: 'absent' });
    await run(secrets.publish(ref, version('one', { a: '1' }), start));
    const present = await run(secrets.readNewest(ref));
    expect(present).toMatchObject({
      state: 'present',
      newest: { createdAt: start, tags: { a: '1' } },
    });
    vault.delete(ref.name);
    expect(await run(secrets.readNewest(ref))).toEqual({ state: 'softDeleted' });
    await run(secrets.recover(ref));
    vault.update(ref.name, undefined, { enabled: false });
    expect(await run(secrets.readNewest(ref))).toMatchObject({
      state: 'present',
      newest: { enabled: false },
      value: undefined,
    });
  });

  it('keep other tags when tagging', async () => {
    const { run, secrets, ref, vault } = givenPorts();
    const published = await run(secrets.publish(ref, version('one', { a: '1' }), start));
    if (published.kind !== 'done') throw new Error('not published');
    await run(secrets.tag(ref, published.value.id, { b: '2' }));
    expect(vault.get(ref.name).tags).toEqual({ a: '1', b: '2' });
  });

  it('disable old versions of the same account, never a live one', async () => {
    const { run, secrets, ref, vault, time } = givenPorts();
    const ids: string[] = [];
    for (const fingerprint of ['old', 'live', 'newest', 'since']) {
      const tags = { 'account-id': '/a', fingerprint };
      const published = await run(secrets.publish(ref, version(fingerprint, tags), time.now()));
      if (published.kind === 'done') ids.push(published.value.id);
      time.advance(1_000);
    }
    const [old = ''] = ids;
    const newestAt = start + 2_000;
    expect(await run(secrets.disableOlder(ref, newestAt, '/other', ['live']))).toEqual([]);
    expect(await run(secrets.disableOlder(ref, newestAt, '/a', ['live']))).toEqual([old]);
    expect(vault.peek(ref.name).map(({ enabled }) => enabled)).toEqual([false, true, true, true]);
    expect(await run(secrets.readVersion(ref, old))).toBeUndefined();
  });

  it('answer with the version before the newest on a stale read', async () => {
    const fault = { kind: 'staleRead' } as const;
    const { run, secrets, ref } = givenPorts({ operation: 'getSecret', times: 1, fault });
    await run(secrets.publish(ref, version('one'), start));
    expect(await run(secrets.readNewest(ref))).toEqual({ state: 'absent' });
    expect(await run(secrets.readNewest(ref))).toMatchObject({ state: 'present' });
  });

  it('fail as unavailable while the vault is out or unknown', async () => {
    const { run, secrets, ref } = givenPorts({ service: 'vault', fault: { kind: 'drop' } });
    const unavailable = { kind: 'unavailable', retriable: true };
    await expect(run(secrets.readNewest(ref))).rejects.toMatchObject(unavailable);
    const elsewhere = { ...ref, vaultUrl: 'https://nowhere.test' };
    await expect(run(secrets.readNewest(elsewhere))).rejects.toMatchObject(unavailable);
  });
});

describe('probing in process', () => {
  it('tells accepted from rejected, forbidden and unknown', async () => {
    const { run, prober, accounts, model, id, keys } = givenPorts();
    const account = await run(accounts.get(id));
    if (!account) throw new Error('no account');
    const key = new Key(keys.value('Key1'));
    expect(await run(prober.probe(account, key))).toBe('accepted');
    expect(await run(prober.probe(account, new Key('nonsense')))).toBe('rejected');
    model.accounts.update(id, { publicNetworkAccess: 'Disabled' });
    expect(await run(prober.probe(account, key))).toBe('forbidden');
    model.faults.set([{ service: 'data', fault: { kind: 'drop' } }]);
    expect(await run(prober.probe(account, key))).toBe('unknown');
  });
});

describe('events in process', () => {
  const event = {
    specversion: '1.0',
    id: '1',
    type: 'Twinkey.KeyActivated.v1',
    source: '/t',
    subject: '/a',
  };

  it('reach subscribers, again after 10 s when they fail', async () => {
    const { run, time, events, model } = givenPorts();
    const received: number[] = [];
    new Subscribers(model).subscribe({ name: 'app' }, async () => {
      received.push(time.now() - start);
      return received.length === 1 ? 500 : 200;
    });
    await run(events.send([event as RotationEvent]));
    await run(Promise.resolve());
    time.advance(10_000);
    await run(Promise.resolve());
    expect(received).toEqual([0, 10_000]);
    expect(model.topic.attempts.map(({ status }) => status)).toEqual([500, 200]);
  });

  it('are accepted although the answer was lost', async () => {
    const { run, events, model } = givenPorts({
      service: 'eventgrid',
      fault: { kind: 'loseResponse' },
    });
    await expect(run(events.send([event as RotationEvent]))).rejects.toMatchObject({
      kind: 'unavailable',
    });
    expect(model.topic.accepted).toHaveLength(1);
  });
});

describe('virtual time', () => {
  it('says so when work waits for nothing', async () => {
    const { run } = givenPorts();
    await expect(run(new Promise(() => {}))).rejects.toThrow('Stuck');
  });
});
