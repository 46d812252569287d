import { describe, expect, it } from 'vitest';
import { Failure, type FailureKind, unknown } from '../../shared/core/failures.ts';
import { isWatched } from '../../shared/core/fleet/account.ts';
import type { Observation } from '../../shared/core/observation.ts';
import type { RotationRecord } from '../../shared/core/record.ts';
import { lookAgainAt, readsThatWorked, troubleOf } from '../../shared/core/trouble.ts';
import { AT, givenObservation, givenRecord, JUST_BEFORE, NOW, TIMING } from './fixtures.ts';
import { given, givenDue, givenOverlap } from './fleet/fixtures.ts';

const LIMIT = TIMING.verificationLimitMs;

function trouble(observation: Partial<Observation>, record: RotationRecord | null = null) {
  return troubleOf({ ...givenObservation(), ...observation }, record, LIMIT);
}

const failed = (kind: FailureKind) => unknown(new Failure(kind, 'a call'));

describe('trouble', () => {
  it.each([
    ['an account that cannot be read', { account: failed('forbidden') }, 'arm-read', 'forbidden'],
    ['keys that cannot be read', { keys: failed('timeout') }, 'arm-read', 'timeout'],
    [
      'a secret that cannot be read',
      { secret: failed('unavailable') },
      'vault-read',
      'unavailable',
    ],
    [
      'keys that were not read for lack of a secret',
      { keys: failed('notSent'), secret: failed('unavailable') },
      'vault-read',
      'unavailable',
    ],
  ] as const)('is %s', (_, observation, call, kind) => {
    expect(trouble(observation)).toEqual({ call, kind, at: NOW });
  });

  it.each(['throttled', 'notSent'] as const)('is nothing that was %s', (kind) => {
    expect(trouble({ secret: failed(kind) })).toBeNull();
    const at = { call: 'topic', kind, at: NOW } as const;
    const what = { message: '', retriable: true, failed: at };
    expect(trouble({}, givenRecord('overlap', { trouble: what }))).toBeNull();
  });

  it('is what failed in the last step, with its time', () => {
    const last = { call: 'vault-change', kind: 'forbidden', at: NOW - 5 } as const;
    const what = { message: '', retriable: true, failed: last };
    expect(trouble({}, givenRecord('publishing', { trouble: what }))).toEqual(last);
    expect(trouble({}, givenRecord('publishing', { trouble: null }))).toBeNull();
    const other = { message: 'the secret changed', retriable: true };
    expect(trouble({}, givenRecord('publishing', { trouble: other }))).toBeNull();
  });

  it.each([
    [JUST_BEFORE, null],
    [AT, { call: 'data-plane', kind: 'notAccepted', at: NOW }],
  ])('is a new key %s ms from the verification limit: %j', (offset, expected) => {
    const since = NOW - LIMIT - offset;
    const candidate = {
      slot: 'Key2',
      fingerprint: '222222222222',
      since,
      verified: false,
    } as const;
    expect(trouble({}, givenRecord('verifying', { candidate }))).toEqual(expected);
    expect(trouble({}, givenRecord('publishing', { candidate }))).toBeNull();
  });
});

describe('what an observation shows to work', () => {
  it.each([
    ['all of it', {}, ['arm-read', 'vault-read']],
    ['the vault alone', { keys: failed('timeout') }, ['vault-read']],
    ['Resource Manager alone', { secret: failed('timeout') }, ['arm-read']],
    ['nothing', { account: failed('timeout'), secret: failed('timeout') }, []],
  ] as const)('is %s', (_, observation, calls) => {
    expect(readsThatWorked({ ...givenObservation(), ...observation })).toEqual(calls);
  });
});

describe('an account that cannot be read is looked at again', () => {
  const INTERVAL = 900;
  const SOONEST = NOW + 60;
  it.each([
    ['at the earliest, at first', { lasted: 0 }, 60],
    ['at the earliest until it lasted longer', { lasted: 60 }, 60],
    ['after as long as it lasted', { lasted: 61 }, 61],
    ['after the interval of all at the latest', { lasted: INTERVAL }, INTERVAL],
    ['not later, however long it lasted', { lasted: INTERVAL + 1 }, INTERVAL],
    ['when it is needed, if that is before', { lasted: INTERVAL, neededIn: 899 }, 899],
    ['as planned, if it is needed after', { lasted: 500, neededIn: 501 }, 500],
    ['at the earliest, once it is needed', { lasted: INTERVAL, neededIn: -1 }, 60],
  ])('%s', (_, { lasted, neededIn }: { lasted: number; neededIn?: number }, expected) => {
    const neededAt = neededIn === undefined ? null : NOW + neededIn;
    expect(lookAgainAt(SOONEST, NOW - lasted, NOW, neededAt, INTERVAL)).toBe(NOW + expected);
  });
});

describe('the scheduler watches an account', () => {
  it.each([
    ['at rest', given('a'), false],
    ['under way', givenOverlap('a'), true],
    ['that waits to begin', given('a', { reason: 'RingWaiting' }), true],
    [
      'in trouble',
      given('a', { trouble: { call: 'topic', kind: 'timeout', at: 1, since: 1 } }),
      true,
    ],
    ['that is held though due', givenDue('a', 0, { reason: 'Held', lookedAt: NOW }), true],
    ['that becomes due', givenDue('a', 0, { lookedAt: NOW - 1 }), false],
    ['that is gone', given('a', { phase: null, dueAt: null }), false],
  ])('%s: %s', (_, account, watched) => {
    expect(isWatched(account)).toBe(watched);
  });
});
