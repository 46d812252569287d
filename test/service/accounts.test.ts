import { describe, expect, test } from 'vitest';
import { idleWorld, SHORT } from './scenarios.ts';
import { DAY, fingerprintOf, HOUR, MINUTE, SECOND, START, World } from './world.ts';

describe('tags of others on the secret', () => {
  const foreign = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`team-${index}`, 'x']));

  test.each([6, 7, 9])('%s of them stay; those for other tools give way', async (count) => {
    const world = await idleWorld();
    const tags = { ...world.newest()?.tags, ...foreign(count) };
    world.vault.update('language-key', undefined, { tags: trimmed(tags) });
    await world.request({ kind: 'manual' });
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    expect(world.newest()?.tags).toMatchObject({ ...foreign(count), 'managed-by': 'test' });
  });

  test('too many of them are named, and nothing is published', async () => {
    const world = await idleWorld();
    const own = { 'managed-by': 'test', 'account-id': world.id() };
    world.vault.update('language-key', undefined, { tags: { ...foreign(10), ...own } });
    await world.request({ kind: 'manual' });
    await world.live(HOUR);
    expect(world.vault.peek('language-key')).toHaveLength(1);
    expect(await world.status()).toMatchObject({ attention: true });
    expect((await world.status()).message).toContain('16 tags, expected at most 15');
  });

  /** What a person's tool would do to keep within Key Vault's limit. */
  function trimmed(tags: Record<string, string | undefined>): Record<string, string> {
    const kept = Object.entries(tags).filter(([name]) => !/^[A-Z]/.test(name));
    return Object.fromEntries(kept) as Record<string, string>;
  }
});

describe('an account whose id is longer than a tag', () => {
  test('is adopted and rotates like any other', async () => {
    const name = 'l'.repeat(64);
    const world = new World({
      accounts: [{ name, tags: SHORT, resourceGroup: 'g'.repeat(90) }],
    });
    expect(world.id(name).length).toBeGreaterThan(256);
    await world.live(3 * HOUR);
    expect((await world.record(name)).lastRotation?.confirmedDead).toBe(true);
    expect(world.violations).toEqual([]);
  });
});

describe('accounts that collide', () => {
  test('over a secret that is not there yet: the first to ask owns its name', async () => {
    const tags = { ...SHORT, 'key-rotation-secret': 'shared' };
    const world = new World({
      accounts: [
        { name: 'first', tags },
        { name: 'second', tags },
      ],
    });
    const lift = world.azure.faults.add({
      service: 'vault',
      operation: 'setSecret',
      fault: { kind: 'status', status: 429 },
    });
    await world.live(MINUTE);
    lift();
    const waiting = await world.status('second');
    expect(waiting).toMatchObject({ reason: 'PolicyInvalid', attention: true });
    expect(waiting.message).toContain(world.id('first'));
    expect(waiting.message).toContain(world.id('second'));
  });

  test('over one secret name: the second is told of the first, and gets no key into it', async () => {
    const tags = { ...SHORT, 'key-rotation-secret': 'shared' };
    const world = new World({
      accounts: [
        { name: 'first', tags },
        { name: 'second', tags },
      ],
    });
    const both = ['first', 'second'].map((name) => world.pass(name));
    world.azure.faults.add({ fault: { kind: 'latency', ms: 100 } });
    await Promise.all(both);
    await world.live(HOUR);
    const statuses = [await world.status('first'), await world.status('second')];
    const refused = statuses.filter(({ attention }) => attention);
    expect(refused.map(({ reason }) => reason)).toEqual(['SecretBelongsToAnother']);
    expect(refused[0]?.message).toContain(world.id('first'));
    expect(refused[0]?.message).toContain(world.id('second'));
    const owner = refused[0]?.name === 'first' ? 'second' : 'first';
    expect(world.newest('shared')?.tags).toMatchObject({ 'account-id': world.id(owner) });
    expect(world.violations).toEqual([]);
  });

  test('with another deployment: whoever is named in the secret goes on alone', async () => {
    const world = await idleWorld();
    const tags = { ...world.newest()?.tags, 'managed-by': 'somebody-else' };
    world.vault.update('language-key', undefined, { tags });
    await world.request({ kind: 'manual' });
    const count = world.account().keys.regenerations.length;
    await world.live(DAY);
    expect((await world.status()).reason).toBe('ManagedElsewhere');
    expect(world.account().keys.regenerations).toHaveLength(count);
  });
});

describe('adoption of what is there', () => {
  test('a secret made by the rotation sample of Microsoft is taken over after one quarantine', async () => {
    const world = new World({ accounts: [{ name: 'language', tags: SHORT }] });
    const { id, keys } = world.account();
    const tags = { CredentialId: 'Key2', ProviderAddress: id, ValidityPeriodDays: '60', team: 'a' };
    world.vault.set('language-key', keys.value('Key2'), { tags });
    await world.liveUntil(({ phase }) => phase === 'idle', 6 * HOUR);
    expect(keys.regenerations.map(({ slot }) => slot)).toEqual(['Key1']);
    expect(keys.regenerations[0]?.at).toBeGreaterThanOrEqual(15 * MINUTE);
    expect(world.newest()?.tags).toMatchObject({ 'managed-by': 'test', team: 'a' });
    expect(fingerprintOf(world.account(), 'Key2')).toBe((await world.record()).active?.fingerprint);
    expect(world.violations).toEqual([]);
  });

  test('a keyless account is left alone', async () => {
    const world = new World({ accounts: [{ name: 'language', disableLocalAuth: true }] });
    await world.live(DAY);
    expect((await world.status()).reason).toBe('Keyless');
    expect(world.vault.peek('language-key')).toEqual([]);
  });

  test('where a network rule forbids trying the key, it settles before it is published', async () => {
    const network = { defaultAction: 'Deny', ipRules: [] } as const;
    const world = new World({
      accounts: [{ name: 'language', tags: SHORT, networkAcls: network }],
    });
    await world.live(2 * MINUTE);
    expect((await world.status()).reason).toBe('ProbeForbidden');
    await world.liveUntil(({ phase }) => phase === 'overlap', 10 * MINUTE);
    expect((world.newest()?.created ?? 0) * SECOND).toBe(START + 6 * MINUTE);
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect((await world.record()).lastRotation?.confirmedDead).toBe(false);
  });
});
