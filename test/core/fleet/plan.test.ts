import { describe, expect, it } from 'vitest';
import type { FleetAccount } from '../../../shared/core/fleet/account.ts';
import { PASSES_PER_TICK } from '../../../shared/core/fleet/plan.ts';
import { CHECK, DAY, HOUR, MINUTE, NOW } from '../fixtures.ts';
import {
  admittedIn,
  given,
  givenDue,
  givenOverlap,
  nameOf,
  planOf,
  refusedIn,
  VAULT,
} from './fixtures.ts';

function many(count: number, make: (index: number) => FleetAccount): FleetAccount[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

describe('a tick', () => {
  it.each<[string, FleetAccount, 'nothing' | 'a look' | 'a start']>([
    ['is not due', given('a'), 'nothing'],
    ['is due for a look, now', given('a', { nextCheckAt: NOW }), 'a look'],
    ['is due for a look in a millisecond', given('a', { nextCheckAt: NOW + 1 }), 'nothing'],
    ['becomes due for rotation, now', givenDue('a'), 'a start'],
    ['is due, but not looked at before', givenDue('a', 0, { dueAt: null }), 'a start'],
    ['was held when it was looked at', givenDue('a', 0, { reason: 'Held' }), 'a look'],
    [
      'waited for its window, which is open',
      givenDue('a', DAY, { reason: 'WindowClosed', nextStepAt: NOW }),
      'a start',
    ],
    [
      'waits for its window',
      givenDue('a', DAY, { reason: 'WindowClosed', nextStepAt: NOW + 1, nextCheckAt: NOW + 1 }),
      'nothing',
    ],
    ['was refused a start a minute ago', givenDue('a', 0, { reason: 'FleetLimit' }), 'a start'],
    [
      'was refused a start, and is not due for a look',
      givenDue('a', 0, { reason: 'FleetLimit', nextCheckAt: NOW + HOUR }),
      'a start',
    ],
    [
      'was held back by a brake, and is not due for a look',
      givenDue('a', 0, { reason: 'FleetBraked', nextCheckAt: NOW + HOUR }),
      'a start',
    ],
    [
      'comes to its next step before its rotation is due',
      givenDue('a', 0, { dueAt: NOW + 1 }),
      'a look',
    ],
    ['has no next step, though it is due', givenDue('a', DAY, { nextStepAt: null }), 'a look'],
    ['has no record', givenDue('a', 0, { phase: null }), 'a look'],
    [
      'was admitted, and its message is on its way',
      givenDue('a', 0, { nextCheckAt: NOW + 1, admittedUntil: NOW + 1 }),
      'nothing',
    ],
    [
      'was admitted, and its message was lost',
      givenDue('a', 0, { admittedUntil: NOW + 1 }),
      'a start',
    ],
    ['is under way', givenOverlap('a', { nextCheckAt: NOW }), 'a look'],
    [
      'is under way for the reason that it was due',
      givenOverlap('a', { phase: 'regeneratingStandby', reason: 'Due', nextCheckAt: NOW }),
      'a look',
    ],
    [
      'is under way with a step in its window',
      givenOverlap('a', { reason: 'WindowClosed', nextCheckAt: NOW }),
      'a look',
    ],
    ['nobody looked at yet', given('a', { reason: null, phase: null, nextCheckAt: 0 }), 'a look'],
    [
      'has no key yet and waits for its first',
      given('a', { reason: 'Due', phase: null, dueAt: null, nextCheckAt: NOW }),
      'a start',
    ],
  ])('gives an account that %s: %s', (_, account, expected) => {
    const { passes } = planOf([account]);
    const found = passes.length === 0 ? 'nothing' : passes[0]?.start ? 'a start' : 'a look';
    expect(found).toBe(expected);
    if (expected === 'a start') expect(admittedIn(planOf([account]))).toEqual(['a']);
  });

  it('sends what people asked for first, then ends of keys, what is under way, starts, looks, adoptions', () => {
    const now = { nextCheckAt: NOW };
    const accounts = [
      given('adopt', { ...now, reason: 'Due', phase: null, dueAt: null }),
      given('look', now),
      givenDue('start'),
      givenOverlap('overlap', now),
      givenOverlap('retire', { ...now, retireAt: NOW }),
      given('asked', { ...now, asked: true }),
      givenOverlap('leaked', { nextCheckAt: NOW - 1, cause: 'compromised' }),
      given('new', { ...now, reason: null, phase: null }),
    ];
    expect(planOf(accounts).passes.map(nameOf)).toEqual([
      'leaked',
      'asked',
      'retire',
      'overlap',
      'start',
      'look',
      'adopt',
      'new',
    ]);
  });

  it('sends its limit at most, whoever has waited longest first', () => {
    const accounts = many(PASSES_PER_TICK + 5, (index) => givenDue(`a${index}`, index));
    const { passes, due } = planOf(accounts);
    expect(passes).toHaveLength(PASSES_PER_TICK);
    expect(passes.map(nameOf)).not.toContain('a4');
    expect(nameOf(passes[0] ?? { accountId: '' })).toBe(`a${PASSES_PER_TICK + 4}`);
    expect(due).toBe(PASSES_PER_TICK + 5);
  });

  it.each([
    ['is behind the starts when it is merely due', 0, undefined],
    ['is behind them before it has waited a check interval', CHECK - 1, undefined],
    ['is among them once it has', CHECK, 'look'],
  ])('lets nobody wait for ever: a look %s', (_, waited, expected) => {
    const starts = many(PASSES_PER_TICK, (index) => givenDue(`a${index}`));
    const { passes } = planOf([...starts, given('look', { nextCheckAt: NOW - waited })]);
    expect(passes.map(nameOf).find((name) => name === 'look')).toBe(expected);
  });

  it('that may not admit says nothing of starts', () => {
    const { passes } = planOf([givenDue('a')], { maxUnderWay: 1 }, [], false);
    expect(passes).toMatchObject([{ start: undefined, mayPublish: false }]);
  });

  it.each([
    ['may begin', givenDue('a'), true],
    ['is looked at', given('a', { nextCheckAt: NOW }), false],
    ['gets a new key', givenOverlap('a', { phase: 'regeneratingStandby', nextCheckAt: NOW }), true],
    ['is verified', givenOverlap('a', { phase: 'verifying', nextCheckAt: NOW }), true],
    [
      'is about to be published',
      givenOverlap('a', { phase: 'publishing', nextCheckAt: NOW }),
      true,
    ],
    ['is in its overlap', givenOverlap('a', { nextCheckAt: NOW }), false],
    ['ends', givenOverlap('a', { phase: 'regeneratingStale', nextCheckAt: NOW }), false],
    ['was asked for', given('a', { nextCheckAt: NOW, asked: true }), true],
  ])(
    'tells whether a pass of an account that %s may publish, and where',
    (_, account, publishes) => {
      expect(planOf([account]).passes).toMatchObject([{ mayPublish: publishes, vaultUrl: VAULT }]);
    },
  );

  it('counts what is due for a look, for a start, and for both', () => {
    const look = given('look', { nextCheckAt: NOW });
    const start = givenDue('start', 0, { reason: 'FleetLimit', nextCheckAt: NOW + 1 });
    expect(planOf([look, start, givenDue('both'), given('neither')]).due).toBe(3);
  });

  it('counts what is under way', () => {
    expect(planOf([givenOverlap('a'), given('b'), givenDue('c')])).toMatchObject({
      underWay: 1,
      due: 1,
      heldBack: 0,
    });
  });
});

describe('the limit of accounts under way', () => {
  it('is filled by the oldest, and the others are told at their next look', () => {
    const accounts = [
      givenOverlap('under-way'),
      givenDue('young', MINUTE),
      givenDue('old', DAY),
      givenDue('waiting', HOUR, { reason: 'FleetLimit', nextCheckAt: NOW + 1 }),
    ];
    const plan = planOf(accounts, { maxUnderWay: 2 });
    expect(admittedIn(plan)).toEqual(['old']);
    expect(refusedIn(plan)).toEqual({ young: 'FleetLimit' });
    expect(plan.heldBack).toBe(1);
    expect(JSON.stringify(plan.passes)).toContain('2 accounts are under way');
  });

  it('is not reached by those that may begin: nobody is refused', () => {
    const plan = planOf([givenDue('a'), givenDue('b')], { maxUnderWay: 3 });
    expect(admittedIn(plan)).toEqual(['a', 'b']);
    expect(refusedIn(plan)).toEqual({});
  });

  it.each([
    ['InOverlap', []],
    ['Held', []],
    ['Excluded', ['b']],
    ['AccountMissing', ['b']],
    ['Keyless', ['b']],
  ] as const)(
    'has a place taken by who is under way, unless nobody can wait for its end: %s',
    (reason, expected) => {
      const plan = planOf([givenOverlap('a', { reason }), givenDue('b')], { maxUnderWay: 1 });
      expect(admittedIn(plan)).toEqual(expected);
    },
  );

  it.each([
    ['holds it until a pass has looked after its time', NOW - MINUTE, NOW + 1, []],
    ['gives it back when a pass looked at the end of its time', NOW - MINUTE, NOW - MINUTE, ['b']],
    ['has none without an admission', NOW - MINUTE, 0, ['b']],
  ])('counts an admitted account, which %s', (_, lookedAt, admittedUntil, expected) => {
    const admitted = given('a', { lookedAt, admittedUntil });
    expect(admittedIn(planOf([admitted, givenDue('b')], { maxUnderWay: 1 }))).toEqual(expected);
  });

  it.each([
    ['a held one', {}, []],
    ['one that is gone', { reason: 'AccountMissing', attention: true }, ['b']],
    ['one that lost its keys', { reason: 'Keyless' }, ['b']],
    ['one that lost its keys and was admitted anew', { reason: 'Keyless', admittedUntil: NOW }, []],
  ] as const)('counts a rotation under way of %s', (_, changes, expected) => {
    const held = givenOverlap('a', { reason: 'Held', ...changes });
    expect(admittedIn(planOf([held, givenDue('b')], { maxUnderWay: 1 }))).toEqual(expected);
  });

  it.each<[string, number, FleetAccount, string]>([
    ['younger by nearly a day for each ring', 5 * DAY - 1, givenDue('c', 0, { ring: 0 }), 'c'],
    ['younger by more than a day for each ring', 5 * DAY + 1, givenDue('c', 0, { ring: 0 }), 'a'],
    ['of the same ring, without a key', DAY, given('c', { reason: 'Due', dueAt: null }), 'a'],
    [
      'two rings lower, without a key',
      DAY,
      given('c', { reason: 'Due', dueAt: null, ring: 3 }),
      'c',
    ],
  ])('is given by turns where another is %s', (_, late, other, first) => {
    // A day late: no ring keeps it from beginning.
    const plan = planOf([givenDue('a', late), other], { maxUnderWay: 1 });
    expect(admittedIn(plan)).toEqual([first]);
  });

  it('lets an account whose message was lost begin in its own place', () => {
    const accounts = [
      givenOverlap('under-way'),
      givenDue('lost', 0, { admittedUntil: NOW + 1 }),
      givenDue('other', DAY),
    ];
    expect(admittedIn(planOf(accounts, { maxUnderWay: 2 }))).toEqual(['lost']);
  });

  it('counts that place once, also where its turn is before those of others', () => {
    const accounts = [
      givenOverlap('under-way'),
      givenDue('lost', DAY, { admittedUntil: NOW + 1 }),
      givenDue('other'),
    ];
    expect(admittedIn(planOf(accounts, { maxUnderWay: 3 }))).toEqual(['lost', 'other']);
  });

  it('is not named to whom a tick has no time to think of while there are places', () => {
    const first = many(PASSES_PER_TICK, (index) => givenDue(`a${index}`, 0, { ring: 0 }));
    const last = givenDue('last', 2 * DAY, { ring: 9 });
    const plan = planOf([...first, last], { maxUnderWay: 2 * PASSES_PER_TICK });
    expect(plan.passes.find((pass) => nameOf(pass) === 'last')).toMatchObject({ start: undefined });
  });

  it('is not for what people asked for, nor for what is under way', () => {
    const asked = given('asked', { asked: true, nextCheckAt: NOW });
    const plan = planOf([asked, givenOverlap('b', { nextCheckAt: NOW })], { maxUnderWay: 1 });
    expect(plan.passes.map(({ start }) => start)).toEqual([undefined, undefined]);
  });

  it('is not used up by accounts that do not fit into the tick', () => {
    const first = many(PASSES_PER_TICK, (index) =>
      given(`a${index}`, { asked: true, nextCheckAt: NOW }),
    );
    expect(admittedIn(planOf([...first, givenDue('b')], { maxUnderWay: 5 }))).toEqual([]);
  });
});
