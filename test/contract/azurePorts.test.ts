import { describe, expect, it } from 'vitest';
import { EVENT_EXAMPLES } from '../../shared/api/events/examples.ts';
import { Key } from '../../shared/service/key.ts';
import { all } from '../azure/fixtures.ts';
import { describeBothWays } from './azureSides.ts';

describeBothWays('the simulated Azure', {}, (given) => {
  const FAULTS = [
    ['a 429', { kind: 'status', status: 429, retryAfterSeconds: 7 }, 'refused', 0],
    ['a 403', { kind: 'status', status: 403 }, 'refused', 0],
    ['a 500', { kind: 'status', status: 500 }, 'unknown', 0],
    ['a dropped connection', { kind: 'drop' }, 'unknown', 0],
    ['a lost response', { kind: 'loseResponse' }, 'unknown', 1],
  ] as const;

  describe('accounts', () => {
    it('are discovered by their tag, misspelt or not, unless they opt out', async () => {
      const enabled = given({ tags: { 'Key-Rotation': 'enabled' } });
      const misspelt = given({ tags: { 'key-rotation': 'enable' } });
      given({ tags: { 'key-rotation': 'disabled' } });
      const { run, accounts } = given();
      const found = await run(all(accounts.discover(accounts.subscriptionIds[0] ?? '')));
      expect(found.map(({ id }) => id).toSorted()).toEqual([enabled.id, misspelt.id].toSorted());
    });

    it('are read with what decisions need, and are null where there is none', async () => {
      const networkAcls = { defaultAction: 'Deny', ipRules: [] } as const;
      const tags = { team: 'blue' };
      const { run, accounts, id, account } = given({ tags, networkAcls, disableLocalAuth: true });
      expect(await run(accounts.get(id))).toEqual({
        id,
        name: account.name,
        kind: 'TextAnalytics',
        location: 'westeurope',
        endpoint: account.endpoint.replace(/\/$/, ''),
        tags,
        provisioningState: 'Succeeded',
        keyless: true,
        networkRestricted: true,
        customSubdomain: true,
      });
      expect(await run(accounts.get(`${id}-gone`))).toBeNull();
    });

    it('have two keys, none of which is told where keys are switched off', async () => {
      const { run, accounts, id, keys, model } = given();
      const { Key1, Key2 } = await run(accounts.listKeys(id));
      expect([Key1.reveal(), Key2.reveal()]).toEqual([keys.value('Key1'), keys.value('Key2')]);
      model.accounts.update(id, { disableLocalAuth: true });
      await expect(run(accounts.listKeys(id))).rejects.toMatchObject({ kind: 'invalid' });
    });

    it('get a new value in one slot, by one call at most, and none after the deadline', async () => {
      const { run, accounts, id, keys, now } = given();
      const before = [keys.value('Key1'), keys.value('Key2')];
      expect(await run(accounts.regenerateKey(id, 'Key2', now() - 1))).toEqual({ kind: 'notSent' });
      expect([keys.value('Key1'), keys.value('Key2')]).toEqual(before);
      const outcome = await run(accounts.regenerateKey(id, 'Key2', now() + 60_000));
      if (outcome.kind !== 'done') throw new Error(outcome.kind);
      expect(outcome.value.Key1.reveal()).toBe(before[0]);
      expect(outcome.value.Key2.reveal()).toBe(keys.value('Key2'));
      expect(before).not.toContain(keys.value('Key2'));
    });

    it.each(FAULTS)('regenerated into %s', async (_name, fault, kind, effects) => {
      const { run, accounts, id, keys, now, strike } = given();
      strike('regenerateKey', fault);
      const outcome = await run(accounts.regenerateKey(id, 'Key2', now() + 60_000));
      expect(outcome).toMatchObject({ kind });
      expect(keys.regenerations).toHaveLength(effects);
    });

    it('regenerated late: the effect comes after the caller has given up', async () => {
      const { run, until, accounts, id, keys, now, strike, tooLateMs } = given();
      strike('regenerateKey', { kind: 'lateEffect', afterMs: tooLateMs });
      const outcome = await run(accounts.regenerateKey(id, 'Key2', now() + 60_000));
      expect(outcome).toMatchObject({ kind: 'unknown', failure: { kind: 'timeout' } });
      expect(keys.regenerations).toHaveLength(0);
      await until(() => keys.regenerations.length === 1);
    });

    it('have their keys switched off, once or twice', async () => {
      const { run, accounts, id, now } = given();
      for (let times = 0; times < 2; times++) {
        const outcome = await run(accounts.disableKeys(id, now() + 60_000));
        expect(outcome.kind).toBe('done');
      }
      expect(await run(accounts.get(id))).toMatchObject({ keyless: true });
    });
  });

  describe('a secret', () => {
    it('is absent, then present with what was published, whatever was there before', async () => {
      const { run, secrets, ref, publish } = given();
      expect(await run(secrets.readNewest(ref))).toEqual({ state: 'absent' });
      await publish('one', { a: '1' });
      const outcome = await publish('two', { a: '2' });
      if (outcome.kind !== 'done') throw new Error(outcome.kind);
      const { fingerprint } = new Key('two');
      expect(outcome.value).toMatchObject({ fingerprint, enabled: true, tags: { a: '2' } });
      const reading = await run(secrets.readNewest(ref));
      if (reading.state !== 'present') throw new Error(reading.state);
      expect(reading.newest).toEqual(outcome.value);
      expect(reading.value?.reveal()).toBe('two');
    });

    it('read stale is the version before, or absent', async () => {
      const { run, secrets, ref, publish, strike } = given();
      await publish('one');
      strike('getSecret', { kind: 'staleRead' });
      expect(await run(secrets.readNewest(ref))).toEqual({ state: 'absent' });
      await publish('two');
      strike('getSecret', { kind: 'staleRead' });
      const { fingerprint } = new Key('one');
      expect(await run(secrets.readNewest(ref))).toMatchObject({ newest: { fingerprint } });
    });

    it('has no value while its newest version is disabled', async () => {
      const { run, secrets, ref, publish, vault } = given();
      await publish('one');
      vault.update(ref.name, undefined, { enabled: false });
      const newest = { enabled: false, fingerprint: undefined };
      const expected = { state: 'present', value: undefined, newest };
      expect(await run(secrets.readNewest(ref))).toMatchObject(expected);
    });

    it('that is deleted can be neither read nor set until it is recovered', async () => {
      const { run, secrets, ref, publish, vault } = given();
      await publish('one');
      vault.delete(ref.name);
      expect(await run(secrets.readNewest(ref))).toEqual({ state: 'softDeleted' });
      expect(await publish('two')).toMatchObject({
        kind: 'refused',
        failure: { kind: 'conflict' },
      });
      await run(secrets.recover(ref));
      expect(await run(secrets.readNewest(ref))).toMatchObject({ state: 'present' });
    });

    it('is not set after the deadline', async () => {
      const { run, secrets, ref, vault, now } = given();
      const version = { value: new Key('one'), tags: {}, expiresAt: now() + 1 };
      const outcome = await run(secrets.publish(ref, version, now() - 1));
      expect(outcome).toEqual({ kind: 'notSent' });
      expect(vault.peek(ref.name)).toEqual([]);
    });

    it.each(FAULTS)('set into %s', async (_name, fault, kind, effects) => {
      const { ref, vault, publish, strike } = given();
      strike('setSecret', fault);
      expect(await publish('one')).toMatchObject({ kind });
      expect(vault.peek(ref.name)).toHaveLength(effects);
    });

    it('set late is there after the caller has given up', async () => {
      const { until, ref, vault, publish, strike, tooLateMs } = given();
      strike('setSecret', { kind: 'lateEffect', afterMs: tooLateMs });
      expect(await publish('one')).toMatchObject({ kind: 'unknown', failure: { kind: 'timeout' } });
      expect(vault.peek(ref.name)).toEqual([]);
      await until(() => vault.peek(ref.name).length === 1);
    });

    it('keeps its other tags when it is tagged', async () => {
      const { run, secrets, ref, vault, publish } = given();
      const outcome = await publish('one', { a: '1', b: '1' });
      if (outcome.kind !== 'done') throw new Error(outcome.kind);
      await run(secrets.tag(ref, outcome.value.id, { b: '2' }));
      expect(vault.get(ref.name).tags).toEqual({ a: '1', b: '2' });
    });

    it('has a version read by its id while that is enabled', async () => {
      const { run, secrets, ref, vault, publish } = given();
      const outcome = await publish('one');
      if (outcome.kind !== 'done') throw new Error(outcome.kind);
      const { id } = outcome.value;
      await publish('two');
      expect((await run(secrets.readVersion(ref, id)))?.reveal()).toBe('one');
      vault.update(ref.name, id, { enabled: false });
      expect(await run(secrets.readVersion(ref, id))).toBeUndefined();
      expect(await run(secrets.readVersion(ref, 'f'.repeat(32)))).toBeUndefined();
    });

    it('has older versions of the account disabled, but no live one, and none since', async () => {
      const { run, secrets, ref, vault, enabled, now } = given();
      const aged = { old: 300, live: 200, foreign: 150, newest: 100, since: 50 };
      const seconds = Math.floor(now() / 1000);
      for (const [fingerprint, ago] of Object.entries(aged)) {
        const tags = { 'account-id': fingerprint === 'foreign' ? '/b' : '/a', fingerprint };
        const { version } = vault.set(ref.name, fingerprint, { tags });
        vault.update(ref.name, version, { created: seconds - ago } as object);
      }
      const before = (seconds - aged.newest) * 1000;
      expect(await run(secrets.disableOlder(ref, before, '/a', ['live']))).toHaveLength(1);
      expect(enabled()).toEqual([false, true, true, true, true]);
      expect(await run(secrets.disableAll(ref, before, '/a'))).toHaveLength(2);
      expect(enabled()).toEqual([false, false, true, false, true]);
    });

    it.each([
      [403, 'forbidden'],
      [503, 'unavailable'],
    ])('that is answered with %i is not read: %s', async (status, kind) => {
      const { run, secrets, ref, model } = given();
      model.faults.set([{ service: 'vault', fault: { kind: 'status', status } }]);
      await expect(run(secrets.readNewest(ref))).rejects.toMatchObject({ kind });
      model.faults.clear();
    });
  });

  describe('the topic', () => {
    const [event] = EVENT_EXAMPLES;
    if (!event) throw new Error('no example');

    it('has accepted what was sent, as it was sent', async () => {
      const { run, events, model } = given();
      await run(events.send([event]));
      expect(model.topic.accepted.at(-1)?.event).toEqual(event);
    });

    it.each([
      ['a 503', { kind: 'status', status: 503 }, 0],
      ['a lost response', { kind: 'loseResponse' }, 1],
    ] as const)('answers with %s as retriable', async (_name, fault, accepted) => {
      const { run, events, model } = given();
      const before = model.topic.accepted.length;
      model.faults.set([{ service: 'eventgrid', fault }]);
      const failure = { kind: 'unavailable', retriable: true };
      await expect(run(events.send([event]))).rejects.toMatchObject(failure);
      model.faults.clear();
      expect(model.topic.accepted.slice(before).length > 0).toBe(accepted > 0);
    });
  });

  describe('a probe', () => {
    it('tells the two keys from any other value, and from one that was regenerated', async () => {
      const { keys, probe } = given();
      const old = keys.value('Key1');
      expect(await probe(old)).toBe('accepted');
      expect(await probe(keys.value('Key2'))).toBe('accepted');
      expect(await probe('nonsense')).toBe('rejected');
      keys.regenerate('Key1');
      expect(await probe(old)).toBe('rejected');
    });

    it('tells a shut network, keys that are switched off, and what says nothing', async () => {
      const { id, keys, model, probe } = given();
      model.accounts.update(id, { publicNetworkAccess: 'Disabled' });
      expect(await probe(keys.value('Key1'))).toBe('forbidden');
      model.accounts.update(id, { publicNetworkAccess: 'Enabled', disableLocalAuth: true });
      expect(await probe(keys.value('Key1'))).toBe('keysDisabled');
      model.faults.set([{ service: 'data', fault: { kind: 'status', status: 429 } }]);
      expect(await probe(keys.value('Key1'))).toBe('unknown');
      model.faults.set([{ service: 'data', fault: { kind: 'drop' } }]);
      expect(await probe(keys.value('Key1'))).toBe('unknown');
      model.faults.clear();
    });
  });
});
