import { describe, expect, it } from 'vitest';
import type { FleetAccount } from '../../../shared/core/fleet/account.ts';
import {
  type BrakeState,
  Failures,
  isSuspect,
  needOf,
  nextState,
} from '../../../shared/core/fleet/brakes.ts';
import { DEFAULT_FLEET } from '../../../shared/core/fleet/limits.ts';
import { FleetSurvey, PASSES_PER_TICK } from '../../../shared/core/fleet/plan.ts';
import type { Call, TroubleKind } from '../../../shared/core/trouble.ts';
import { CHECK, DAY, HOUR, MINUTE, NOW } from '../fixtures.ts';
import { admittedIn, given, givenDue, idOf, nameOf, planOf, refusedIn, VAULT } from './fixtures.ts';

const LIMITS = { after: 3, quietMs: 15 * MINUTE };
const RETRY = 20 * MINUTE;
const CLEAR: BrakeState = {
  id: 'vault-read-acme.vault.azure.net',
  call: 'vault-read',
  scope: 'acme.vault.azure.net',
  brake: null,
  clearedAt: 0,
};

function givenFailing(
  name: string,
  since: number,
  changes: { call?: Call; kind?: TroubleKind; at?: number; vaultUrl?: string | null } = {},
): FleetAccount {
  const { call = 'vault-read', kind = 'unavailable', at = since, vaultUrl = VAULT } = changes;
  return given(name, { trouble: { call, kind, at, since }, vaultUrl });
}

function failuresOf(accounts: readonly FleetAccount[]): Failures {
  const failures = new Failures(LIMITS);
  for (const account of accounts) failures.add(account);
  return failures;
}

function next(accounts: readonly FleetAccount[], state = CLEAR, now = NOW): BrakeState {
  return nextState(state, failuresOf(accounts), now, LIMITS, RETRY);
}

const THREE = ['a', 'b', 'c'].map((name, index) => givenFailing(name, NOW - 3 + index));

const BRAKED: BrakeState = {
  ...CLEAR,
  brake: {
    kind: 'unavailable',
    since: NOW - HOUR,
    accounts: 3,
    lastFailureAt: NOW,
    endsAt: NOW + 15 * MINUTE,
    trialAt: NOW + 15 * MINUTE,
  },
};

describe('a brake', () => {
  it('is set when so many accounts in a row failed in the same way', () => {
    expect(next(THREE).brake).toEqual({
      kind: 'unavailable',
      since: NOW,
      accounts: 3,
      lastFailureAt: NOW - 1,
      endsAt: NOW - 1 + LIMITS.quietMs + RETRY,
      trialAt: NOW + LIMITS.quietMs,
    });
  });

  it.each<[string, FleetAccount[], Partial<BrakeState>]>([
    ['one is missing', THREE.slice(1), {}],
    ['it is one account again and again', [THREE[0], THREE[0]] as FleetAccount[], {}],
    [
      'the last one failed in another way',
      [...THREE, givenFailing('d', NOW, { kind: 'forbidden' })],
      {},
    ],
    ['the call worked after the first had begun to fail', THREE, { clearedAt: NOW - 3 }],
    [
      'all of it was long ago',
      THREE.map(
        (one) =>
          ({
            ...one,
            trouble: { ...one.trouble, since: NOW - DAY, at: NOW - DAY },
          }) as FleetAccount,
      ),
      {},
    ],
    [
      'it would end just now',
      ['a', 'b', 'c'].map((name) => givenFailing(name, NOW - LIMITS.quietMs - RETRY)),
      {},
    ],
  ])('is not set when %s', (_, accounts, changes) => {
    expect(next(accounts, { ...CLEAR, ...changes }).brake).toBeNull();
  });

  it('is set when the last few failed in the same way, whatever was before them', () => {
    const before = givenFailing('d', NOW - HOUR, { kind: 'forbidden' });
    expect(next([before, ...THREE]).brake?.kind).toBe('unavailable');
  });

  it('counts an account from when it began to fail, however often it is tried since', () => {
    const chronic = THREE.map((one) => ({
      ...one,
      trouble: one.trouble && { ...one.trouble, at: NOW },
    }));
    expect(next(chronic, { ...CLEAR, clearedAt: NOW - 1 }).brake).toBeNull();
  });

  it.each([
    ['goes on while those that fail are to be tried again', THREE, NOW + 35 * MINUTE - 1, true],
    ['ends when they were not, as if they were gone', THREE, NOW + 35 * MINUTE, false],
    ['ends when nothing has failed for the quiet time', [], NOW + 15 * MINUTE, false],
    ['does not end a millisecond before that', [], NOW + 15 * MINUTE - 1, true],
  ])('%s', (_, accounts, now, braked) => {
    expect(next(accounts, BRAKED, now).brake !== null).toBe(braked);
  });

  it('is prolonged by each failure', () => {
    const again = givenFailing('a', NOW - HOUR, { at: NOW + 5 * MINUTE });
    expect(next([again], BRAKED, NOW + 5 * MINUTE).brake).toMatchObject({
      lastFailureAt: NOW + 5 * MINUTE,
      endsAt: NOW + 40 * MINUTE,
      since: NOW - HOUR,
      accounts: 3,
    });
  });

  it('is not prolonged by what goes on failing after the call worked for others', () => {
    const chronic = givenFailing('a', NOW - HOUR, { at: NOW + 10 * MINUTE });
    const state = { ...BRAKED, clearedAt: NOW - 1 };
    expect(next([chronic], state, NOW + 15 * MINUTE).brake).toBeNull();
  });

  it('is set after five accounts and for a quarter of an hour, unless the deployment says otherwise', () => {
    const { brake: limits } = DEFAULT_FLEET;
    const failing = ['a', 'b', 'c', 'd', 'e'].map((name) => givenFailing(name, NOW));
    const brakeOf = (accounts: readonly FleetAccount[]) => {
      const failures = new Failures(limits);
      for (const account of accounts) failures.add(account);
      return nextState(CLEAR, failures, NOW, limits, RETRY).brake;
    };
    expect(brakeOf(failing.slice(1))).toBeNull();
    expect(brakeOf(failing)?.trialAt).toBe(NOW + 15 * MINUTE);
  });

  it('that ended is not set anew by the same failures', () => {
    const ended = next([], BRAKED, NOW + 15 * MINUTE);
    expect(next(THREE, ended, NOW + 15 * MINUTE).brake).toBeNull();
  });
});

describe('what a call is needed for', () => {
  it.each<[Call, string]>([
    ['vault-read', 'vault-read-acme.vault.azure.net'],
    ['vault-change', 'vault-change-acme.vault.azure.net'],
    ['arm-read', 'arm-read-s'],
    ['arm-change', 'arm-change-s'],
    ['data-plane', 'data-plane'],
    ['topic', 'topic'],
  ])('%s is told apart as %s', (call, id) => {
    expect(needOf(given('a'), call).id).toBe(id);
  });

  it('a vault is told apart from all others while it is not known which one it is', () => {
    const need = { id: 'vault-read-', call: 'vault-read', scope: '' };
    expect(needOf(given('a', { vaultUrl: null }), 'vault-read')).toEqual(need);
  });

  it('of accounts that began to fail at once those with the first ids are kept', () => {
    const accounts = ['a', 'b', 'c', 'd'].map((name) => givenFailing(name, NOW));
    for (const order of [accounts, accounts.toReversed()]) {
      expect(failuresOf(order).of(CLEAR).map(nameOf)).toEqual(['a', 'b', 'c']);
    }
  });

  it('what is remembered of it stays beside what failed for the first time', () => {
    const elsewhere = givenFailing('d', NOW, { vaultUrl: 'https://other.vault.azure.net' });
    const topic: BrakeState = { ...needOf(elsewhere, 'topic'), brake: null, clearedAt: NOW };
    expect(failuresOf([...THREE, elsewhere]).needs([BRAKED, topic])).toEqual([
      BRAKED,
      topic,
      { ...needOf(elsewhere, 'vault-read'), brake: null, clearedAt: 0 },
    ]);
  });

  it('failures are kept apart by it, and only the last few of each', () => {
    const elsewhere = givenFailing('d', NOW, { vaultUrl: 'https://other.vault.azure.net' });
    const failures = failuresOf([...THREE, elsewhere, givenFailing('e', NOW - 9)]);
    expect(failures.of(CLEAR).map(({ since }) => since)).toEqual([NOW - 1, NOW - 2, NOW - 3]);
    expect(failures.needs([]).map(({ id }) => id)).toEqual([
      'vault-read-acme.vault.azure.net',
      'vault-read-other.vault.azure.net',
    ]);
    expect(isSuspect(failures.of(CLEAR), LIMITS)).toBe(true);
  });
});

describe('a braked fleet', () => {
  const other = { accountId: idOf('other', 'other'), vaultUrl: 'https://other.vault.azure.net' };
  const brakeOf = (call: Call, trialAt = NOW + 1): BrakeState => ({
    ...BRAKED,
    ...needOf(given('a'), call),
    brake: BRAKED.brake && { ...BRAKED.brake, trialAt },
  });

  it.each<[Call, string[]]>([
    ['vault-read', ['elsewhere', 'other']],
    ['vault-change', ['elsewhere', 'other']],
    ['arm-read', ['other']],
    ['arm-change', ['other']],
    ['topic', []],
    ['data-plane', []],
  ])('by %s lets those begin that do not need it', (call, expected) => {
    const accounts = [
      givenDue('a'),
      givenDue('elsewhere', 0, { vaultUrl: other.vaultUrl }),
      givenDue('other', 0, other),
    ];
    const plan = planOf(accounts, {}, [brakeOf(call)]);
    expect(admittedIn(plan).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(expected);
    expect(refusedIn(plan)['a']).toBe('FleetBraked');
    expect(plan.trials).toEqual([]);
  });

  it('lets what is under way go on', () => {
    const waiting = given('a', { phase: 'publishing', nextCheckAt: NOW });
    expect(planOf([waiting], {}, [brakeOf('topic')]).passes).toMatchObject([{ start: undefined }]);
  });

  it('does not let the many that it holds back hide the few that may begin', () => {
    const held = Array.from({ length: PASSES_PER_TICK }, (_, index) =>
      givenDue(`a${index}`, DAY, { nextCheckAt: NOW }),
    );
    const plan = planOf([...held, givenDue('other', 0, other)], {}, [brakeOf('vault-read')]);
    expect(admittedIn(plan)).toEqual(['other']);
  });

  it('lets one account begin as a trial when its time has come', () => {
    const brakes = [brakeOf('topic', NOW)];
    const plan = planOf([givenDue('a'), givenDue('b', MINUTE)], {}, brakes);
    expect(admittedIn(plan)).toEqual(['b']);
    expect(refusedIn(plan)).toEqual({ a: 'FleetBraked' });
    expect(plan.trials).toMatchObject([{ id: 'topic', accountId: expect.stringMatching(/b$/) }]);
  });

  it('has no trial of an account that another brake holds back', () => {
    const brakes = [brakeOf('topic', NOW), brakeOf('vault-read', NOW + 1)];
    const plan = planOf([givenDue('a'), givenDue('other', 0, other)], {}, brakes);
    expect(admittedIn(plan)).toEqual(['other']);
    const told = plan.passes.find((pass) => nameOf(pass) === 'a')?.start;
    expect(JSON.stringify(told)).toContain('(vault-read-acme.vault.azure.net: unavailable)');
  });

  it('has a trial of each brake whose time has come, where no account needs both', () => {
    const elsewhere = givenDue('other', 0, other);
    const otherVault = { ...brakeOf('vault-read', NOW), ...needOf(elsewhere, 'vault-read') };
    const brakes = [brakeOf('vault-read', NOW), otherVault];
    const plan = planOf([givenDue('a', MINUTE), elsewhere], {}, brakes);
    expect(admittedIn(plan)).toEqual(['a', 'other']);
    expect(plan.trials).toEqual([
      { id: 'vault-read-acme.vault.azure.net', accountId: idOf('a') },
      { id: 'vault-read-other.vault.azure.net', accountId: other.accountId },
    ]);
  });

  it('is held back by a brake that was set in the same tick', () => {
    const survey = new FleetSurvey(NOW, DEFAULT_FLEET, CHECK, []);
    survey.add(givenDue('a'));
    const plan = survey.plan([brakeOf('topic')]);
    expect(refusedIn(plan)).toEqual({ a: 'FleetBraked' });
    expect(plan.trials).toEqual([]);
  });

  it('is not held back by what is remembered of a brake that ended', () => {
    expect(admittedIn(planOf([givenDue('a')], {}, [{ ...CLEAR, clearedAt: NOW }]))).toEqual(['a']);
  });
});
