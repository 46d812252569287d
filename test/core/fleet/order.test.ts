import { describe, expect, it } from 'vitest';
import { byPlace, byTurn, placeOf, RANK } from '../../../shared/core/fleet/order.ts';
import { CHECK, DAY, HOUR, NOW } from '../fixtures.ts';
import { given, givenDue, givenOverlap, nameOf } from './fixtures.ts';

describe('turns to begin', () => {
  const turns = (...accounts: ReturnType<typeof given>[]) => accounts.sort(byTurn).map(nameOf);

  it('go by age, then by ring, then by id', () => {
    const young = givenDue('young', HOUR);
    const [b, a] = [givenDue('b', 2 * HOUR), givenDue('a', 2 * HOUR)];
    const canary = givenDue('canary', 2 * HOUR - DAY, { ring: 4 });
    expect(turns(young, b, a, canary)).toEqual(['canary', 'a', 'b', 'young']);
    expect(turns(a, b)).toEqual(['a', 'b']);
    expect(byTurn(a, a)).toBe(0);
  });

  it('of an account without a key come half a day after it was looked at', () => {
    const keyless = given('keyless', { dueAt: null, lookedAt: NOW });
    const [before, after] = [givenDue('before', -DAY / 2 + 1), givenDue('after', -DAY / 2 - 1)];
    expect(turns(after, keyless, before)).toEqual(['before', 'keyless', 'after']);
  });
});

describe('a place in the queue', () => {
  it.each([
    ['was asked for', given('a', { asked: true }), RANK.asked],
    ['replaces a leaked key', givenOverlap('a', { cause: 'compromised' }), RANK.asked],
    ['is to replace one', given('a', { reason: 'KeyCompromised' }), RANK.asked],
    ['has a stale key to end now', givenOverlap('a', { retireAt: NOW }), RANK.retiring],
    ['has one to end later', givenOverlap('a', { retireAt: NOW + 1 }), RANK.underWay],
    ['has none to end', givenOverlap('a', { retireAt: null }), RANK.underWay],
    ['is at rest', given('a'), RANK.look],
    ['was never looked at', given('a', { reason: null }), RANK.adoption],
  ])('of an account that %s', (_, account, rank) => {
    expect(placeOf(account, NOW, CHECK).rank).toBe(rank);
  });

  it('is before those of less weight, of those that wait for less, and of later ids', () => {
    const at = (name: string, waitedMs: number, changes = {}) =>
      placeOf(given(name, { nextCheckAt: NOW - waitedMs, ...changes }), NOW, CHECK);
    const places = [at('c', 1), at('b', 1), at('late', 2), at('asked', 0, { asked: true })];
    const names = places.sort(byPlace).map(({ account }) => nameOf(account));
    expect(names).toEqual(['asked', 'late', 'b', 'c']);
  });
});
