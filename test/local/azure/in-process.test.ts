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

const start = Date.UTC(2030, 0, 1);
const callTimeoutMs = 30_000;

function givenPorts(...faults: FaultRule[]) {
  const time = new ManualTime(start);
  const model = new AzureModel(time, (name) => `https://${name}.test/`);
  const account = model.accounts.add({ name: 'Lang', tags: { 'key-rotation': 'enabled' } });
  model.addVault('main', 'https://main.vault.test');
  model.faults.set(faults);
  const ports = inProcessPorts(model, {
    listedIds: [],
    subscriptionIds: [model.subscription],
    callTimeoutMs,
  });
  const id = account.id.toLowerCase();
  const run = <T>(work: Promise<T>) => runOnVirtualTime(time, work);
  return { time, model, keys: account.keys, id, run, ...ports };
}

const regenerate = { operation: 'regenerateKey', target: 'lang', times: 1 };

// What both ways to the simulated Azure have in common: see test/contract/azurePorts.test.ts.
describe('accounts in process', () => {
  it('take a slow answer for one while it is in time', async () => {
    const fault = { kind: 'latency', ms: 29_999 } as const;
    const { run, accounts, id, keys } = givenPorts({ ...regenerate, fault });
    expect((await run(accounts.regenerateKey(id, 'Key2', start))).kind).toBe('done');
    expect(keys.regenerations).toHaveLength(1);
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
  it('cannot be reached in a vault that is not there', async () => {
    const { run, secrets } = givenPorts();
    const reading = run(secrets.readNewest({ vaultUrl: 'https://nowhere.test', name: 'a' }));
    await expect(reading).rejects.toMatchObject({ kind: 'unavailable', retriable: true });
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
});

describe('virtual time', () => {
  it('says so when work waits for nothing', async () => {
    const { run } = givenPorts();
    await expect(run(new Promise(() => {}))).rejects.toThrow('Stuck');
  });
});
