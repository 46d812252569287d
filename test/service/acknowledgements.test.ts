import { describe, expect, test } from 'vitest';
import { EVENT_TYPES, type EventDataOf, type EventType } from '../../shared/core/events.ts';
import { acknowledge } from '../../shared/service/operations/acknowledgements.ts';
import { idleWorld, other, SHORT } from './scenarios.ts';
import { DAY, fingerprintOf, HOUR, MINUTE, type World } from './world.ts';

const LISTED = { ...SHORT, 'key-rotation-subscribers': 'billing,search' };
const REQUIRED = { ...LISTED, 'key-rotation-ack': 'required', 'key-rotation-ack-limit': 'P1D' };

/** An announced rotation of an account whose subscribers had acknowledged the key before. */
async function announcedWorld(tags: Record<string, string>): Promise<World> {
  const world = await idleWorld({ ...tags, 'key-rotation-ack': 'advisory' });
  for (const subscriber of ['billing', 'search']) await say(world, subscriber);
  Object.assign(world.account().tags, tags);
  await world.request({ kind: 'manual' });
  await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
  return world;
}

async function say(world: World, subscriber: string, fingerprint?: string) {
  const active = (await world.record()).active?.fingerprint ?? '';
  const said = { subscriber, fingerprint: fingerprint ?? active };
  return acknowledge(world.id(), said, 'ada', world.dependencies());
}

function told<T extends EventType>(world: World, type: T): EventDataOf<T>[] {
  return world.events
    .filter((event) => event.type === type)
    .map(({ data }) => data as EventDataOf<T>);
}

/** What the last rotation's reminders said was missing. */
function missing(world: World): string[][] {
  const last = told(world, EVENT_TYPES.keyActivated).at(-1)?.rotationId;
  return told(world, EVENT_TYPES.keyRetiring)
    .filter(({ rotationId }) => rotationId === last)
    .map(({ missingSubscribers }) => missingSubscribers);
}

describe('advisory acknowledgements', () => {
  test('that are missing are named by the reminders and hold nothing up', async () => {
    const world = await announcedWorld(LISTED);
    const { regenerations } = world.account().keys;
    const before = regenerations.length;
    await say(world, 'search');
    const { retireAt } = await world.record();
    await world.liveUntil(({ phase }) => phase === 'idle', 2 * HOUR);
    expect(missing(world)).toEqual([['billing']]);
    expect(told(world, EVENT_TYPES.rotationDelayed)).toEqual([]);
    expect(regenerations.slice(before)).toHaveLength(1);
    expect(regenerations.at(-1)?.at).toBeLessThanOrEqual((retireAt ?? 0) + MINUTE);
  });
});

describe('a required subscriber that stays silent', () => {
  test('keeps the stale key alive; that is told, and its acknowledgement ends it', async () => {
    const world = await announcedWorld(REQUIRED);
    const { keys } = world.account();
    const stale = keys.value(other(world.activeSlot()));
    const before = keys.regenerations.length;
    await say(world, 'billing');
    await world.live(20 * HOUR);
    // One ahead of the end; from then on one an hour, for an app that lost the others.
    expect(missing(world).length).toBeGreaterThanOrEqual(18);
    expect(missing(world).length).toBeLessThanOrEqual(20);
    expect(new Set(missing(world).flat())).toEqual(new Set(['search']));
    expect(keys.value(other(world.activeSlot()))).toBe(stale);
    expect(told(world, EVENT_TYPES.rotationDelayed)).toMatchObject([
      {
        reason: 'AcknowledgementMissing',
        message: expect.stringContaining('search'),
        previous: { fingerprint: fingerprintOf(world.account(), other(world.activeSlot())) },
      },
    ]);
    expect(await say(world, 'search')).toEqual({ missingSubscribers: [], due: true });
    await world.live(2 * MINUTE);
    expect(keys.regenerations.slice(before)).toHaveLength(1);
    expect(told(world, EVENT_TYPES.keyRetired).at(-1)).toMatchObject({ confirmedDead: true });
    expect(world.violations).toEqual([]);
  });

  test('beyond the limit is for people to see to, and can end it still', async () => {
    const world = await announcedWorld(REQUIRED);
    const { regenerations } = world.account().keys;
    const before = regenerations.length;
    await world.live(4 * DAY);
    expect(regenerations).toHaveLength(before);
    expect(told(world, EVENT_TYPES.rotationDelayed)).toHaveLength(1);
    expect(told(world, EVENT_TYPES.rotationFailed)).toMatchObject([
      { reason: 'AcknowledgementOverdue', message: expect.stringContaining('billing, search') },
    ]);
    expect(await world.status()).toMatchObject({ attention: true });
    await say(world, 'billing');
    await world.live(HOUR);
    expect(regenerations).toHaveLength(before);
    await say(world, 'search');
    await world.live(2 * MINUTE);
    expect(regenerations).toHaveLength(before + 1);
    expect((await world.status()).attention).toBe(false);
  });

  test('that is taken off the list holds nothing up any more', async () => {
    const world = await announcedWorld(REQUIRED);
    const before = world.account().keys.regenerations.length;
    await say(world, 'billing');
    await world.live(5 * HOUR);
    expect(world.account().keys.regenerations).toHaveLength(before);
    world.account().tags['key-rotation-subscribers'] = 'billing';
    await world.live(HOUR);
    expect(world.account().keys.regenerations).toHaveLength(before + 1);
  });
});

describe('an acknowledgement', () => {
  test('early in the overlap does not bring its end forward', async () => {
    const world = await announcedWorld(REQUIRED);
    const { retireAt } = await world.record();
    for (const subscriber of ['billing', 'search']) await say(world, subscriber);
    await world.liveUntil(({ phase }) => phase === 'idle', 2 * HOUR);
    expect(missing(world)).toEqual([[]]);
    expect(world.account().keys.regenerations.at(-1)?.at).toBeGreaterThanOrEqual(retireAt ?? 0);
    expect(told(world, EVENT_TYPES.rotationDelayed)).toEqual([]);
  });

  test('that comes twice counts once', async () => {
    const world = await announcedWorld(REQUIRED);
    await say(world, 'billing');
    expect(await say(world, 'billing')).toEqual({ missingSubscribers: ['search'], due: false });
    const { acknowledgements } = await world.records.read(world.id());
    const { fingerprint } = (await world.record()).active ?? {};
    expect(acknowledgements.filter((each) => each.fingerprint === fingerprint)).toHaveLength(1);
    await world.live(5 * HOUR);
    expect((await world.status()).reason).toBe('AcknowledgementMissing');
  });

  test.each([
    ['the key before', (world: World) => fingerprintOf(world.account(), other(world.activeSlot()))],
    ['a key that never was', () => '000000000000'],
  ])('of %s is refused, and named the active key', async (_, wrong) => {
    const world = await announcedWorld(REQUIRED);
    const { fingerprint } = (await world.record()).active ?? {};
    await expect(say(world, 'search', wrong(world))).rejects.toMatchObject({
      refusal: { kind: 'notActive', activeFingerprint: fingerprint },
    });
    await say(world, 'billing');
    await world.live(5 * HOUR);
    expect((await world.status()).message).toContain('search');
  });

  test('of an app that is not listed is refused, and told who is', async () => {
    const world = await announcedWorld(REQUIRED);
    await expect(say(world, 'stranger')).rejects.toMatchObject({
      refusal: { kind: 'notSubscribed', subscribers: ['billing', 'search'] },
    });
    const { acknowledgements } = await world.records.read(world.id());
    expect(acknowledgements.map(({ subscriber }) => subscriber)).not.toContain('stranger');
  });

  test('after the rotation is over is welcome and changes nothing', async () => {
    const world = await announcedWorld(LISTED);
    await world.liveUntil(({ phase }) => phase === 'idle', 2 * HOUR);
    const before = world.events.length;
    expect(await say(world, 'billing')).toEqual({ missingSubscribers: ['search'], due: false });
    await world.live(DAY);
    expect(world.events).toHaveLength(before);
    expect((await world.record()).phase).toBe('idle');
  });
});
