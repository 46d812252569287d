import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../shared/core/policy.ts';
import { parseWindow } from '../../shared/core/window.ts';
import { healthyObservation } from './arbitraries.ts';
import {
  DAY,
  DEAD,
  type Given,
  givenHold,
  givenObservation,
  givenRequest,
  HOUR,
  NOW,
  QUARANTINE,
} from './fixtures.ts';
import { IdealWorld } from './idealWorld.ts';

const NEW_ACCOUNT: Given = { record: null, secret: { state: 'absent' } };
const ADOPTION = [
  'note',
  'note',
  'verify',
  'publish',
  'announce',
  'remind',
  'remind',
  'regenerate',
  'confirmRetired',
];
const ROTATION = [
  'regenerate',
  'verify',
  'publish',
  'announce',
  'remind',
  'remind',
  'regenerate',
  'confirmRetired',
];

/** A world that has come to rest once. */
function settledWorld(given: Given = NEW_ACCOUNT): IdealWorld {
  const world = new IdealWorld(givenObservation(given));
  world.runUntil(({ settled, taken }) => settled && taken.length > 1);
  return world;
}

/** One rotation more, which begins when it is due. */
function rotateOnce(world: IdealWorld): void {
  world.runUntil(({ settled }) => !settled);
  world.runUntil(({ settled }) => settled);
}

describe('in an ideal world', () => {
  it('an account is adopted, then rotated, again and again', () => {
    const world = settledWorld();
    expect(world.story).toEqual(ADOPTION);
    rotateOnce(world);
    rotateOnce(world);
    expect(world.story).toEqual([...ADOPTION, ...ROTATION, ...ROTATION]);
  });

  it('both keys have new values after a rotation, one of which is in the vault', () => {
    const world = settledWorld();
    const before = Object.values(world.keys);
    rotateOnce(world);
    const after = Object.values(world.keys);
    expect(after.filter((key) => before.includes(key))).toEqual([]);
    expect(after).toContain(world.newest?.fingerprint);
  });

  it('a lost record waits for the quarantines before anything is regenerated', () => {
    const world = settledWorld({ record: null, policy: { overlapMs: HOUR / 2 } });
    const first = world.taken.find(({ step }) => step.do === 'regenerate');
    expect(first?.at).toBeGreaterThanOrEqual(NOW + QUARANTINE);
  });

  it('no key grows older than its period, whatever the window', () => {
    for (const text of ['Mon-Fri 08:00-16:00 Europe/Berlin', '22:00-02:00', 'Wed 03:00-03:20']) {
      const policy: Partial<Policy> = { window: parseWindow(text) };
      const world = settledWorld({ ...NEW_ACCOUNT, policy });
      for (let count = 0; count < 24; count++) {
        const published = world.record?.active?.createdAt ?? Number.NaN;
        rotateOnce(world);
        const next = world.record?.active?.createdAt ?? Number.NaN;
        expect(next - published).toBeLessThanOrEqual(30 * DAY);
        expect(next - published).toBeGreaterThan(0);
      }
    }
  });

  it('a leak of both keys is over when neither value is left', () => {
    const world = settledWorld();
    const leaked = Object.values(world.keys);
    const since = world.now;
    world.change({
      requests: [
        givenRequest('compromised', {
          fingerprints: leaked,
          createdAt: since,
          overlapMs: 5 * 60_000,
        }),
      ],
    });
    world.runUntil(({ settled }) => settled);
    expect(Object.values(world.keys).filter((key) => leaked.includes(key))).toEqual([]);
    expect(world.now - since).toBeLessThanOrEqual(5 * 60_000);
  });

  it('a leak of both keys in the middle of an overlap is over after two cut ones', () => {
    const world = settledWorld();
    world.runUntil(({ record }) => record?.announcedAt !== null && record?.phase === 'overlap');
    const leaked = Object.values(world.keys);
    const since = world.now;
    world.change({
      requests: [
        givenRequest('compromised', { fingerprints: leaked, createdAt: since, overlapMs: HOUR }),
      ],
    });
    world.runUntil(({ settled }) => settled);
    expect(Object.values(world.keys).filter((key) => leaked.includes(key))).toEqual([]);
    expect(world.now - since).toBeLessThanOrEqual(2 * HOUR);
  });

  it('a rollback brings the previous key back, and the failed one becomes stale', () => {
    const world = settledWorld();
    world.runUntil(({ record }) => record?.announcedAt !== null && record?.phase === 'overlap');
    const { active, stale } = world.record ?? {};
    world.change({
      requests: [givenRequest('rollback', { rotationId: world.record?.rotation?.id ?? '' })],
    });
    world.runUntil(
      ({ record }) => record?.rotation?.cause === 'rollback' && record.phase === 'overlap',
    );
    expect(world.newest?.fingerprint).toBe(stale?.fingerprint);
    expect(world.record?.stale?.fingerprint).toBe(active?.fingerprint);
    world.runUntil(({ settled }) => settled);
    const asked = world.taken.findIndex(({ step }) => step.reason === 'RollbackRequested');
    const kinds = world.taken.slice(asked).map(({ step }) => step.do);
    expect(kinds.slice(0, 5)).toEqual(['note', 'closeRequest', 'verify', 'publish', 'announce']);
  });

  it('an account becomes keyless after a whole rotation, and stays so', () => {
    const world = settledWorld();
    const before = Object.values(world.keys);
    const since = world.taken.length;
    const request = givenRequest('keyless', { fingerprints: before, createdAt: world.now });
    world.change({ requests: [request] });
    world.runUntil(({ settled }) => settled);
    const story = world.taken.slice(since).map(({ step }) => step.do);
    const steps = story.filter((kind) => kind !== 'wait');
    expect(steps).toEqual([...ROTATION, 'disableKeys', 'finishKeyless']);
    expect(Object.values(world.keys).filter((key) => before.includes(key))).toEqual([]);
    world.runUntil(({ taken }) => taken.at(-1)?.step.do === 'wait');
    expect(world.taken.at(-1)?.step.reason).toBe('Keyless');
  });

  it('a hold stops regenerating until its end, and healing not at all', () => {
    const world = settledWorld();
    const heldUntil = world.now + 90 * DAY;
    world.change({ holds: [givenHold({ until: heldUntil })] });
    if (world.newest) {
      const newest = { ...world.newest, fingerprint: DEAD };
      world.change({ secret: { ok: true, value: { state: 'present', newest } } });
    }
    const since = world.taken.length;
    world.runUntil(({ settled, taken }) => settled && taken.length > since);
    const after = world.taken.slice(since);
    expect(after.find(({ step }) => step.do === 'publish')?.at).toBeLessThan(heldUntil);
    expect(after.find(({ step }) => step.do === 'regenerate')?.at).toBe(heldUntil);
  });
});

/** At rest, and the planner has nothing to do or has just closed a rotation. */
function rested({ settled, taken }: IdealWorld): boolean {
  const last = taken.at(-1)?.step.reason ?? '';
  return settled && ['NotDue', 'ConfirmingRetirement', 'Keyless'].includes(last);
}

describe('from anywhere, in an ideal world', () => {
  it('an account comes to rest: idle, no request left, a live key in the vault', () => {
    fc.assert(
      fc.property(healthyObservation, (seen) => {
        const world = new IdealWorld(seen);
        world.runUntil(rested);
        expect(
          world.keyless || Object.values(world.keys).includes(world.newest?.fingerprint ?? ''),
        ).toBe(true);
      }),
      { numRuns: 250 },
    );
  });

  it('and then is rotated once more when it is due', () => {
    fc.assert(
      fc.property(healthyObservation, (seen) => {
        const world = new IdealWorld(seen);
        world.runUntil(rested);
        if (world.keyless) return;
        const before = Object.values(world.keys);
        rotateOnce(world);
        // Where the policy names another place, the first was the move, which regenerates one key.
        if (Object.values(world.keys).some((key) => before.includes(key))) rotateOnce(world);
        const after = Object.values(world.keys);
        expect(after.filter((key) => before.includes(key))).toEqual([]);
        expect(after).toContain(world.newest?.fingerprint);
      }),
      { numRuns: 250 },
    );
  });
});
