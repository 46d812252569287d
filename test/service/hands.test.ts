import { describe, expect, test } from 'vitest';
import type { RotationEventData } from '../../shared/core/events.ts';
import { idleWorld, other, overlapWorld, SHORT } from './scenarios.ts';
import { DAY, fingerprintOf, HOUR, MINUTE, SECOND, type World } from './world.ts';

/** Lives through a check and returns the reason of the status. */
async function reasonAfterACheck(world: World): Promise<string> {
  await world.live(20 * MINUTE);
  return (await world.status()).reason;
}

describe('people who meddle', () => {
  test('regenerate the active key: a current key is in the vault again by the next look', async () => {
    const world = await idleWorld();
    world.regenerateByHand(world.activeSlot() ?? 'Key1');
    expect(world.activeSlot()).toBeUndefined();
    await world.live(20 * MINUTE);
    expect(world.activeSlot()).toBeDefined();
    expect((await world.history()).map(({ reason }) => reason)).toContain('Drifted');
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect(world.violations).toEqual([]);
  });

  test('regenerate the active key in the overlap: healed at once, and a new overlap begins', async () => {
    const world = await overlapWorld();
    world.regenerateByHand(world.activeSlot() ?? 'Key1');
    await world.live(20 * MINUTE);
    expect(world.activeSlot()).toBeDefined();
    expect((await world.record()).rotation?.cause).toBe('drift');
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect(world.violations).toEqual([]);
  });

  test('regenerate the stale key in the overlap: the rotation ends', async () => {
    const world = await overlapWorld();
    const { regenerations } = world.account().keys;
    world.regenerateByHand(other(world.activeSlot()));
    const count = regenerations.length;
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect(regenerations).toHaveLength(count);
    expect(world.violations).toEqual([]);
  });

  test('regenerate the slot while its key is published: nobody is told of the dead key', async () => {
    const world = await idleWorld();
    const standby = other(world.activeSlot());
    let dead = '';
    world.intercept = (call, proceed) => {
      const answer = proceed();
      if (call !== 'secrets.publish' || dead !== '') return answer;
      dead = fingerprintOf(world.account(), standby);
      return Promise.resolve(answer).then((outcome) => {
        world.regenerateByHand(standby);
        return outcome;
      });
    };
    await world.request({ kind: 'manual' });
    await world.live(HOUR);
    const told = world.events.map(({ data }) => (data as RotationEventData).fingerprint);
    expect(told).not.toContain(dead);
    const history = await world.history();
    const found = history.filter(({ message }) => message.includes('read back'));
    expect(found.map(({ outcome }) => outcome).slice(-2)).toEqual(['unknown', 'done']);
    expect(found.at(-1)?.fingerprint).not.toBe(dead);
    expect(world.activeSlot()).toBeDefined();
    expect(world.violations).toEqual([]);
  });

  test('set the secret to something else: the account wins', async () => {
    const world = await idleWorld();
    world.time.advance(SECOND);
    world.vault.set('language-key', 'not-a-key');
    await world.live(HOUR);
    expect(world.activeSlot()).toBeDefined();
    expect(world.violations).toEqual([]);
  });

  test('set the secret to the other key: the record follows, and the other slot becomes stale', async () => {
    const world = await idleWorld();
    const standby = other(world.activeSlot());
    const { tags } = world.newest() ?? {};
    world.time.advance(SECOND);
    world.vault.set('language-key', world.account().keys.value(standby), { tags: tags ?? {} });
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    expect((await world.record()).active?.slot).toBe(standby);
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect(world.account().keys.regenerations.at(-1)?.slot).toBe(other(standby));
    expect(world.violations).toEqual([]);
  });

  test('wipe the tags: the version is tagged as ours again and nothing is lost', async () => {
    const world = await idleWorld();
    world.vault.update('language-key', undefined, { tags: {} });
    await world.live(20 * MINUTE);
    expect(world.newest()?.tags).toMatchObject({ 'managed-by': 'test', 'account-id': world.id() });
    await world.request({ kind: 'manual' });
    await world.liveUntil(
      ({ phase, lastRotation }) => phase === 'idle' && lastRotation?.cause === 'manual',
      6 * HOUR,
    );
    expect(world.violations).toEqual([]);
  });

  test('write a wrong active-slot tag: values decide, not tags', async () => {
    const world = await idleWorld();
    const tags = { ...world.newest()?.tags, 'active-slot': other(world.activeSlot()) };
    world.vault.update('language-key', undefined, { tags });
    await world.request({ kind: 'manual' });
    await world.live(3 * HOUR);
    expect(world.violations).toEqual([]);
    expect((await world.record()).lastRotation?.cause).toBe('manual');
  });

  test('disable the secret: that is their decision, and the status says so', async () => {
    const world = await idleWorld();
    world.vault.update('language-key', undefined, { enabled: false });
    await world.request({ kind: 'manual' });
    const count = world.account().keys.regenerations.length;
    expect(await reasonAfterACheck(world)).toBe('SecretDisabled');
    await world.live(DAY);
    expect(world.account().keys.regenerations).toHaveLength(count);
    expect((await world.status()).attention).toBe(true);
  });

  test('delete the secret: it is recovered', async () => {
    const world = await idleWorld();
    const before = world.newest()?.version;
    world.vault.delete('language-key');
    await world.live(20 * MINUTE);
    expect(world.newest()?.version).toBe(before);
    expect(world.vault.isDeleted('language-key')).toBe(false);
  });

  test('delete and purge the secret: the active key is published again', async () => {
    const world = await idleWorld();
    const active = world.activeSlot();
    world.vault.delete('language-key');
    world.vault.purge('language-key');
    await world.live(20 * MINUTE);
    expect(world.activeSlot()).toBe(active);
    expect(world.violations).toEqual([]);
  });

  test('lose record and secret while a regenerate is out: the key published next outlives it', async () => {
    const world = await idleWorld();
    await world.request({ kind: 'manual' });
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    await world.liveUntil(({ phase }) => phase === 'idle', 6 * HOUR);
    // Adoption takes Key1 where it may: just the one that is being regenerated.
    expect(world.activeSlot()).toBe('Key2');
    const late = { kind: 'lateEffect', afterMs: 8 * MINUTE } as const;
    world.azure.faults.add({ operation: 'regenerateKey', times: 1, fault: late });
    const lost = new Promise<void>((resolve) => {
      world.intercept = (call, proceed) => {
        if (call !== 'accounts.regenerateKey') return proceed();
        world.intercept = undefined;
        const answer = proceed();
        world.records.loseRecord(world.id());
        world.vault.delete('language-key');
        world.vault.purge('language-key');
        resolve();
        return answer;
      };
    });
    await world.request({ kind: 'manual' });
    await Promise.all([lost, world.live(2 * MINUTE)]);
    // Somebody has the account looked at long before the quarantine ends.
    await world.request({ kind: 'manual' });
    await world.live(HOUR);
    expect(world.activeSlot()).toBeDefined();
    expect(world.violations).toEqual([]);
  });

  test.each([
    'idle',
    'regeneratingStandby',
    'verifying',
    'publishing',
    'overlap',
    'regeneratingStale',
  ])('delete the record in %s: it is made anew, and no key is lost', async (phase) => {
    const world = await idleWorld();
    if (phase !== 'idle') await world.request({ kind: 'manual' });
    await loseRecordIn(world, phase);
    await world.live(20 * MINUTE);
    await world.liveUntil((record) => record.phase === 'idle', 6 * HOUR);
    expect(world.activeSlot()).toBeDefined();
    expect(world.violations).toEqual([]);
  });

  test('delete the account half-way: the status says so, and other accounts go on', async () => {
    const world = await overlapWorld();
    const id = world.id();
    world.azure.accounts.remove(world.account().id);
    await world.live(20 * MINUTE);
    expect(await world.statuses.get(id)).toMatchObject({
      reason: 'AccountMissing',
      attention: true,
    });
  });

  test('switch key authentication off half-way: a success that leaves everything as it is', async () => {
    const world = await overlapWorld();
    world.azure.accounts.update(world.account().id, { disableLocalAuth: true });
    expect(await reasonAfterACheck(world)).toBe('Keyless');
    expect((await world.status()).attention).toBe(false);
  });

  test('break a tag half-way: the rotation rests until it is mended, then ends', async () => {
    const world = await overlapWorld();
    const { id } = world.account();
    const broken = { 'key-rotation-overlap': 'two days', 'key-rotation-window': 'sometimes' };
    world.azure.accounts.update(id, { tags: broken });
    expect(await reasonAfterACheck(world)).toBe('PolicyInvalid');
    const { message } = await world.status();
    expect(message).toContain('key-rotation-overlap: expected a positive ISO 8601 duration');
    expect(message).toContain("found 'two days'");
    expect(message).toContain("found 'sometimes'");
    world.azure.accounts.update(id, { tags: SHORT });
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect(world.violations).toEqual([]);
  });

  test('move the secret: the new place gets the active key, and an overlap', async () => {
    const world = await idleWorld();
    const active = world.activeSlot();
    const { id, keys } = world.account();
    world.azure.accounts.update(id, { tags: { ...SHORT, 'key-rotation-secret': 'elsewhere' } });
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    expect(world.newest('elsewhere')?.value).toBe(keys.value(active ?? 'Key1'));
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect(keys.value(active ?? 'Key1')).toBe(world.newest('elsewhere')?.value);
  });
});

/** Deletes the record the first time it is in a phase, while the pass that wrote it goes on. */
async function loseRecordIn(world: World, phase: string): Promise<void> {
  let lost = false;
  world.intercept = (call, proceed) => {
    if (!lost && call === 'records.write') {
      return Promise.resolve(proceed()).then(async (etag) => {
        const { stored } = await world.records.read(world.id());
        if (!lost && stored?.record.phase === phase) {
          lost = true;
          world.records.loseRecord(world.id());
        }
        return etag;
      });
    }
    return proceed();
  };
  await world.live(3 * HOUR);
  if (phase === 'idle' && !lost) world.records.loseRecord(world.id());
  world.intercept = undefined;
}
