import { describe, expect, it } from 'vitest';
import type { FleetAccount } from '../../../shared/core/fleet/account.ts';
import { RING_PATIENCE_MS } from '../../../shared/core/fleet/rings.ts';
import { DAY, HOUR, MINUTE, NOW } from '../fixtures.ts';
import { admittedIn, given, givenDue, givenOverlap, planOf, refusedIn } from './fixtures.ts';

const CANARY = { ring: 0 };
const trouble = { call: 'vault-change', kind: 'forbidden', at: NOW, since: NOW } as const;
const verifying = { phase: 'verifying', retireAt: null } as const;

describe('an account', () => {
  it.each<[string, FleetAccount, boolean]>([
    ['is in the middle of its period', given('c', CANARY), false],
    ['may begin now', givenDue('c', 0, CANARY), true],
    ['is held though due', givenDue('c', 0, { ...CANARY, reason: 'Held' }), true],
    [
      'waits for its first key',
      given('c', { ...CANARY, phase: null, reason: 'Due', dueAt: null }),
      true,
    ],
    ['is verified', givenOverlap('c', { ...CANARY, ...verifying }), true],
    ['has published', givenOverlap('c', CANARY), false],
    [
      'published half an hour ago',
      givenOverlap('c', { ...CANARY, publishedAt: NOW - HOUR / 2 }),
      true,
    ],
    ['published an hour ago', givenOverlap('c', { ...CANARY, publishedAt: NOW - HOUR }), false],
    ['retires its stale key', givenOverlap('c', { ...CANARY, phase: 'regeneratingStale' }), false],
    ['is rolled back', givenOverlap('c', { ...CANARY, cause: 'rollback' }), true],
    ['needs a person', givenOverlap('c', { ...CANARY, attention: true }), true],
    ['fails', givenOverlap('c', { ...CANARY, trouble }), true],
    [
      'failed and was excluded',
      givenOverlap('c', { ...CANARY, ...verifying, trouble, reason: 'Excluded' }),
      false,
    ],
    [
      'is gone amid its rotation',
      givenOverlap('c', { ...CANARY, attention: true, reason: 'AccountMissing' }),
      false,
    ],
    [
      'lost its keys amid its rotation',
      givenOverlap('c', { ...CANARY, ...verifying, reason: 'Keyless' }),
      false,
    ],
    ['failed to be read, idle', given('c', { ...CANARY, trouble }), false],
    [
      'is gone',
      given('c', { ...CANARY, phase: null, attention: true, reason: 'AccountMissing' }),
      false,
    ],
    [
      'nobody looked at yet',
      given('c', { ...CANARY, phase: null, reason: null, dueAt: null }),
      false,
    ],
    [
      'has been due for days, and is held',
      givenDue('c', 2 * DAY, { ...CANARY, reason: 'Held' }),
      true,
    ],
  ])('waits for one of a lower ring that %s: %s', (_, canary, waits) => {
    const plan = planOf([givenDue('a', MINUTE), canary], { ringDelayMs: HOUR });
    expect(admittedIn(plan).includes('a')).toBe(!waits);
    expect(refusedIn(plan)['a']).toBe(waits ? 'RingWaiting' : undefined);
  });

  it.each([
    ['the same ring', 5],
    ['a higher ring', 9],
  ])('does not wait for one of %s', (_, ring) => {
    const verified = givenOverlap('c', { ring, ...verifying, attention: true });
    expect(admittedIn(planOf([givenDue('a'), verified]))).toEqual(['a']);
  });

  it.each([
    ['a millisecond short of its patience', RING_PATIENCE_MS - 1, {}, false],
    ['at the end of its patience', RING_PATIENCE_MS, {}, true],
    [
      'at the end of its patience, when that one failed',
      RING_PATIENCE_MS,
      { attention: true },
      false,
    ],
  ])('goes before a slow one of a lower ring %s', (_, late, changes, goes) => {
    const canary = givenOverlap('c', { ...CANARY, ...verifying, ...changes });
    expect(admittedIn(planOf([givenDue('a', late), canary]))).toEqual(goes ? ['a'] : []);
  });

  it.each([
    ['a millisecond short of its patience', RING_PATIENCE_MS - 1, false],
    ['at the end of its patience', RING_PATIENCE_MS, true],
  ])('waits for its first key until a held one of a lower ring is %s', (_, late, goes) => {
    const newcomer = given('a', { phase: null, reason: 'Due', dueAt: null });
    const canary = givenDue('c', late, { ...CANARY, reason: 'Held' });
    expect(admittedIn(planOf([newcomer, canary]))).toEqual(goes ? ['a'] : []);
  });

  it.each([
    ['not while it is not late', DAY - 1, false],
    ['when it is a day late', DAY, true],
  ])('calls people for a failed one of a lower ring: %s', (_, late, attention) => {
    const canary = givenOverlap('c', { ...CANARY, trouble });
    const [pass] = planOf([givenDue('a', late), canary]).passes;
    expect(pass?.start).toMatchObject({ refused: 'RingWaiting', attention });
    expect(JSON.stringify(pass)).toContain(
      'accounts/c of ring 0 goes before ring 5 and is in trouble',
    );
  });

  it('waits for the lowest ring, then the next, whatever the order in which they are seen', () => {
    const accounts = [
      givenDue('last', 0, { ring: 9 }),
      givenDue('mid'),
      givenDue('first', 0, CANARY),
    ];
    for (const order of [accounts, accounts.toReversed()]) {
      expect(admittedIn(planOf(order))).toEqual(['first']);
      expect(refusedIn(planOf(order))).toEqual({ mid: 'RingWaiting', last: 'RingWaiting' });
    }
    expect(admittedIn(planOf(accounts.slice(0, 2)))).toEqual(['mid']);
  });

  it('is told the first of several of the same ring', () => {
    const canaries = ['c', 'b', 'd'].map((name) => givenOverlap(name, { ...CANARY, ...verifying }));
    expect(JSON.stringify(planOf([...canaries, givenDue('a')]).passes)).toContain(
      'accounts/c of ring 0 goes before ring 5',
    );
  });

  it('is refused by the ring before it is by the limit', () => {
    const accounts = [givenDue('a'), givenDue('first', 0, CANARY)];
    const plan = planOf(accounts, { maxUnderWay: 1 });
    expect(admittedIn(plan)).toEqual(['first']);
    expect(refusedIn(plan)).toEqual({ a: 'RingWaiting' });
  });
});
