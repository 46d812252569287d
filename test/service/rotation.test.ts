import { describe, expect, test } from 'vitest';
import { DAY, fingerprintOf, MINUTE, World } from './world.ts';

describe('a rotation on the production defaults', () => {
  test('adopts an account without a secret by publishing its Key1, and retires Key2', async () => {
    const world = new World();
    const original = world.account().keys.value('Key1');
    await world.live(2 * MINUTE);
    expect(world.newest()?.value).toBe(original);
    expect((await world.record()).phase).toBe('overlap');
    await world.live(2 * DAY + 5 * MINUTE);
    expect((await world.record()).phase).toBe('idle');
    expect(world.newest()?.value).toBe(original);
    expect(world.account().keys.regenerations.map(({ slot }) => slot)).toEqual(['Key2']);
    expect(world.violations).toEqual([]);
  });

  test('regenerates standby, then stale, one after the other and an overlap apart', async () => {
    const world = new World();
    await world.live(75 * DAY);
    const { regenerations } = world.account().keys;
    const stale = regenerations.filter((_, index) => index % 2 === 0).slice(1);
    const standby = regenerations.filter((_, index) => index % 2 === 1);
    expect(regenerations.length).toBeGreaterThanOrEqual(5);
    expect(standby.map(({ slot }) => slot).slice(0, 2)).toEqual(['Key2', 'Key1']);
    stale.forEach((retired, index) => {
      const published = standby[index];
      expect(retired.slot).not.toBe(published?.slot);
      expect(retired.at - (published?.at ?? 0)).toBeGreaterThanOrEqual(2 * DAY);
      expect(retired.at - (published?.at ?? 0)).toBeLessThan(2 * DAY + 2 * MINUTE);
    });
    expect(world.violations).toEqual([]);
  });

  test('the active key is never older than the period and a tick', async () => {
    const world = new World();
    await world.live(75 * DAY);
    const versions = world.vault.peek('language-key').map(({ created }) => created * 1000);
    const ages = versions.slice(1).map((created, index) => created - (versions[index] ?? 0));
    expect(ages.length).toBeGreaterThanOrEqual(2);
    for (const age of ages) expect(age).toBeLessThanOrEqual(30 * DAY + 2 * MINUTE);
  });

  test('tells apps in order: activated, retiring, retired, each once', async () => {
    const world = new World();
    await world.live(3 * DAY);
    const kinds = world.events.map(({ type }) => type);
    expect(kinds).toEqual([
      'Twinkey.KeyActivated.v1',
      'Twinkey.KeyRetiring.v1',
      'Twinkey.KeyRetiring.v1',
      'Twinkey.KeyRetired.v1',
    ]);
    expect(new Set(world.events.map(({ id }) => id)).size).toBe(4);
    expect(world.events.at(-1)?.['data']).toMatchObject({ confirmedDead: true, cause: 'adoption' });
  });

  test('writes the version with everything in one call, and disables older ones', async () => {
    const world = new World();
    await world.live(40 * DAY);
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * DAY);
    const versions = world.vault.peek('language-key');
    const slot = world.activeSlot();
    expect(versions.at(-1)?.tags).toMatchObject({
      'active-slot': slot,
      'managed-by': 'test',
      'account-id': world.id(),
      CredentialId: slot,
      ValidityPeriodDays: '30',
      fingerprint: fingerprintOf(world.account(), slot ?? 'Key1'),
    });
    expect(versions.at(-1)?.enabled).toBe(true);
    expect(versions.slice(0, -1).map(({ enabled }) => enabled)).not.toContain(true);
  });

  test('waits for a new key to be accepted before it is published', async () => {
    const world = new World({ keyPropagationMs: 7 * MINUTE });
    await world.live(40 * DAY);
    const [, standby] = world.account().keys.regenerations;
    const published = world.vault.peek('language-key')[1];
    const delay = (published?.created ?? 0) * 1000 - (standby?.at ?? 0);
    expect(delay).toBeGreaterThanOrEqual(7 * MINUTE - 1000);
    expect(delay).toBeLessThan(9 * MINUTE);
    expect(world.violations).toEqual([]);
  });

  test('says nothing that holds a key', async () => {
    const world = new World();
    await world.live(40 * DAY);
    const said = await world.everythingSaid();
    const keys = world.azure.accounts.everyKeyEverIssued();
    expect(keys.length).toBeGreaterThan(3);
    for (const key of keys) expect(said).not.toContain(key);
  });

  test('a tick with nothing due puts nothing on the queue and calls neither ARM nor the vault', async () => {
    const world = new World();
    await world.live(3 * DAY);
    await world.pass();
    const before = world.azure.log.entries.length;
    await world.live(14 * MINUTE);
    expect(world.azure.log.entries.slice(before)).toEqual([]);
    await world.live(2 * MINUTE);
    expect(world.azure.log.entries.length).toBeGreaterThan(before);
  });
});
