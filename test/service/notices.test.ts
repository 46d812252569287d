import { expect, test, vi } from 'vitest';
import { carryOut } from '../../shared/service/carryOut.ts';
import { heed, type Notice } from '../../shared/service/notices.ts';
import type { PassMessage } from '../../shared/service/queuePorts.ts';
import { idleWorld, other } from './scenarios.ts';
import { MINUTE, type World } from './world.ts';

/** Heeds a notice; answers what was put on the queue. */
async function heeded(world: World, notice: Notice, clientId?: string): Promise<string[]> {
  const enqueued: string[] = [];
  const { deployment, ...rest } = world.dependencies();
  const dependencies = { ...rest, deployment: { ...deployment, clientId } };
  const due = await heed(notice, dependencies, {
    enqueue: async (messages) => void enqueued.push(...messages.map(({ accountId }) => accountId)),
  });
  expect(due).toEqual(enqueued);
  return enqueued;
}

function secretOf(world: World) {
  return { vaultUrl: world.vault.url, name: 'language-key' };
}

const said = (world: World) => world.telemetry.filter(({ name }) => name === 'notice');

test('a key that a person regenerated has the account looked at, at once', async () => {
  const world = await idleWorld();
  world.regenerateByHand(world.activeSlot() ?? 'Key1');
  const notice = { kind: 'keyRegenerated', accountId: world.id(), caller: undefined } as const;
  expect(await heeded(world, notice)).toEqual([world.id()]);
  expect((await world.status()).nextCheckAt).toBe(world.time.now());
  await world.live(MINUTE);
  expect(world.account().keys.accepts(world.newest()?.value ?? '')).toBe(true);
});

test.each([
  ['this deployment', 'our-id', false],
  ['another application', 'their-id', true],
])('a key that %s regenerated is looked at: %s', async (_, caller, looks) => {
  const world = await idleWorld();
  const notice = { kind: 'keyRegenerated', accountId: world.id(), caller } as const;
  expect(await heeded(world, notice, 'our-id')).toEqual(looks ? [world.id()] : []);
});

test('of an identity that is not known every regenerate is looked at', async () => {
  const world = await idleWorld();
  const notice = { kind: 'keyRegenerated', accountId: world.id(), caller: 'some-id' } as const;
  expect(await heeded(world, notice)).toEqual([world.id()]);
});

test('a version of the service itself is left, one by a person is looked at and healed', async () => {
  const world = await idleWorld();
  const own = { kind: 'secretSet', secret: secretOf(world), versionId: '' } as const;
  const versionId = world.newest()?.version ?? '';
  expect(await heeded(world, { ...own, versionId })).toEqual([]);
  const { version } = world.vault.set('language-key', 'what a person typed');
  expect(await heeded(world, { ...own, versionId: version })).toEqual([world.id()]);
  await world.live(30 * MINUTE);
  expect(world.account().keys.accepts(world.newest()?.value ?? '')).toBe(true);
});

test('a secret that expires soon is looked at, however often that is said, and not rotated before it is due', async () => {
  const world = await idleWorld();
  const versionId = world.newest()?.version ?? '';
  const notice = { kind: 'secretNearExpiry', secret: secretOf(world), versionId } as const;
  const before = world.account().keys.regenerations.length;
  for (let times = 0; times < 3; times++) {
    expect(await heeded(world, notice)).toEqual([world.id()]);
    await world.live(MINUTE);
  }
  expect(world.account().keys.regenerations).toHaveLength(before);
});

test('a secret that expires soon is rotated without any tick once that is due, and once however often that is said', async () => {
  const world = await idleWorld();
  const { dueAt } = await world.status();
  world.time.advance((dueAt ?? 0) - world.time.now());
  const versionId = world.newest()?.version ?? '';
  const notice = { kind: 'secretNearExpiry', secret: secretOf(world), versionId } as const;
  const before = world.account().keys.regenerations.length;
  for (let times = 0; times < 3; times++) {
    const messages: PassMessage[] = [];
    const queue = { enqueue: async (some: readonly PassMessage[]) => void messages.push(...some) };
    await heed(notice, world.dependencies(), queue);
    for (const message of messages) await world.run(carryOut(message, world.dependencies()));
  }
  expect((await world.record()).phase).toBe('overlap');
  expect(world.account().keys.regenerations).toHaveLength(before + 1);
});

test('what is about no account of the deployment is left, and said', async () => {
  const world = await idleWorld();
  const accountId = world.id().replace('language', 'another');
  expect(await heeded(world, { kind: 'keyRegenerated', accountId, caller: undefined })).toEqual([]);
  const secret = { ...secretOf(world), name: 'another' };
  expect(await heeded(world, { kind: 'secretSet', secret, versionId: 'x' })).toEqual([]);
  expect(said(world).map(({ message }) => message)).toEqual([
    `a key of ${accountId} was regenerated: about no account of this deployment`,
    'the secret another has a new version: about no account of this deployment',
  ]);
});

test('a secret is known by its name, whatever the case', async () => {
  const world = await idleWorld();
  const secret = { vaultUrl: world.vault.url, name: 'Language-Key' };
  expect(await heeded(world, { kind: 'secretSet', secret, versionId: 'x' })).toEqual([world.id()]);
});

test('a standby key that a person regenerated is looked at, and nothing is done to it', async () => {
  const world = await idleWorld();
  const standby = other(world.activeSlot());
  world.regenerateByHand(standby);
  const value = world.account().keys.value(standby);
  const notice = { kind: 'keyRegenerated', accountId: world.id(), caller: undefined } as const;
  await heeded(world, notice);
  await world.live(10 * MINUTE);
  expect(world.account().keys.value(standby)).toBe(value);
});

/** How often all accounts are read while a notice about the world's secret is heeded. */
async function listsOf(world: World): Promise<number> {
  const list = vi.spyOn(world.statuses, 'list');
  const notice = { kind: 'secretSet', secret: secretOf(world), versionId: 'v' } as const;
  expect(await heeded(world, notice)).toEqual([world.id()]);
  const { length } = list.mock.calls;
  list.mockRestore();
  return length;
}

test('who uses a secret is known to whoever published it first', async () => {
  expect(await listsOf(await idleWorld())).toBe(0);
});

test('who uses a secret that was there before is looked for once', async () => {
  const world = await idleWorld();
  // As if it had never been claimed; the account has moved to another secret since, and back.
  await world.statuses.noteSecretUser(`${world.vault.url}/secrets/language-key`, '/gone');
  expect(await listsOf(world)).toBe(1);
  expect(await listsOf(world)).toBe(0);
  const status = await world.status();
  await world.statuses.put({ ...status, secretUrl: `${status.secretUrl}-2` });
  const notice = { kind: 'secretSet', secret: secretOf(world), versionId: 'v' } as const;
  expect(await heeded(world, notice)).toEqual([]);
});
