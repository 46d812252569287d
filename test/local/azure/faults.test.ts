import { describe, expect, it } from 'vitest';
import { faultPresets, ManualTime, outage } from '../../../local/azure/index.ts';
import { givenAzure, group, idOf } from './given-azure.ts';

async function givenFaultyAzure() {
  const time = new ManualTime(Date.UTC(2030, 0, 1));
  const given = await givenAzure({ time });
  const { keys } = given.azure.model.accounts.get(idOf(given.azure, 'lang'));
  return { ...given, time, keys, faults: given.azure.model.faults, log: given.azure.model.log };
}

describe('faults on the wire', () => {
  it('answers an error before the effect, as often as told', async () => {
    const { arm, faults, keys } = await givenFaultyAzure();
    const fault = { kind: 'status', status: 429, retryAfterSeconds: 7 } as const;
    faults.set([{ service: 'arm', operation: 'regenerateKey', target: 'lang', times: 1, fault }]);
    const refused = await arm.accounts.regenerateKey(group, 'lang', 'Key1').catch((error) => error);
    expect(refused.statusCode).toBe(429);
    expect(refused.response.headers.get('retry-after')).toBe('7');
    expect(keys.regenerations).toHaveLength(0);
    await arm.accounts.regenerateKey(group, 'lang', 'Key1');
    expect(keys.regenerations).toHaveLength(1);
  });

  it('drops the connection before the effect', async () => {
    const { arm, faults, keys } = await givenFaultyAzure();
    faults.set([{ operation: 'regenerateKey', times: 1, fault: { kind: 'drop' } }]);
    const dropped = arm.accounts.regenerateKey(group, 'lang', 'Key1');
    await expect(dropped).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(keys.regenerations).toHaveLength(0);
  });

  it('loses the response after the effect', async () => {
    const { arm, faults, keys } = await givenFaultyAzure();
    faults.set([{ operation: 'regenerateKey', times: 1, fault: { kind: 'loseResponse' } }]);
    const lost = arm.accounts.regenerateKey(group, 'lang', 'Key1');
    await expect(lost).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(keys.regenerations).toHaveLength(1);
  });

  it('hangs, and lets the effect happen long after the caller gave up', async () => {
    const { arm, faults, keys, log, time } = await givenFaultyAzure();
    faults.set([
      { operation: 'regenerateKey', times: 1, fault: { kind: 'lateEffect', afterMs: 60_000 } },
    ]);
    const giveUp = new AbortController();
    const hung = arm.accounts.regenerateKey(group, 'lang', 'Key1', { abortSignal: giveUp.signal });
    const failed = expect(hung).rejects.toMatchObject({ name: 'AbortError' });
    await log.next({ operation: 'regenerateKey', end: 'hung' });
    giveUp.abort();
    await failed;
    time.advance(59_999);
    expect(keys.regenerations).toHaveLength(0);
    time.advance(1);
    expect(keys.regenerations).toHaveLength(1);
  });

  it('answers late after a latency', async () => {
    const { arm, faults, log, time } = await givenFaultyAzure();
    faults.set([{ service: 'arm', fault: { kind: 'latency', ms: 2_000 } }]);
    const answered = log.next({ operation: 'listKeys' });
    const keys = arm.accounts.listKeys(group, 'lang');
    await time.whenWaiting();
    time.advance(2_000);
    expect((await answered).at).toBe(Date.UTC(2030, 0, 1) + 2_000);
    expect((await keys).key1).toBeDefined();
  });

  it('reads the version before the newest from a lagging vault', async () => {
    const { secrets, faults } = await givenFaultyAzure();
    await secrets.setSecret('s', 'one');
    await secrets.setSecret('s', 'two');
    faults.set([{ operation: 'getSecret', target: 's', times: 1, fault: { kind: 'staleRead' } }]);
    expect((await secrets.getSecret('s')).value).toBe('one');
    expect((await secrets.getSecret('s')).value).toBe('two');
  });

  it('refuses every call of a service during an outage, until it is lifted', async () => {
    const { arm, secrets, faults } = await givenFaultyAzure();
    const lift = faults.add(outage('vault'));
    await expect(secrets.setSecret('s', 'one')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(secrets.setSecret('s', 'one')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await arm.accounts.listKeys(group, 'lang');
    lift();
    await secrets.setSecret('s', 'one');
  });

  it('logs every call with its end and without any secret', async () => {
    const { azure, arm, secrets, log } = await givenFaultyAzure();
    const { key1 = '' } = await arm.accounts.listKeys(group, 'lang');
    await secrets.setSecret('s', key1);
    await secrets.getSecret('absent').catch(() => undefined);
    expect(log.entries).toMatchObject([
      { service: 'arm', operation: 'listKeys', target: 'lang', end: 200 },
      { service: 'vault', operation: 'setSecret', target: 's', end: 200 },
      { service: 'vault', operation: 'getSecret', target: 'absent', end: 404 },
    ]);
    const printed = JSON.stringify(log.entries);
    for (const key of azure.model.accounts.everyKeyEverIssued()) {
      expect(printed).not.toContain(key);
    }
  });

  it('never lets a rough day fail a data-plane call', () => {
    const onData = faultPresets.rough.filter(({ service = 'data' }) => service === 'data');
    expect(onData.map(({ fault }) => fault.kind)).toEqual(['latency']);
  });
});
