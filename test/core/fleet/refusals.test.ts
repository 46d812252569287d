import { describe, expect, it } from 'vitest';
import type { BrakeState } from '../../../shared/core/fleet/brakes.ts';
import { DAY, HOUR, MINUTE, NOW } from '../fixtures.ts';
import { given, givenDue, givenOverlap, idOf, nameOf, planOf } from './fixtures.ts';

const TROUBLE = { call: 'vault-read', kind: 'timeout', at: NOW, since: NOW - HOUR } as const;

describe('a start that is held back is told why', () => {
  const startOf = (plan: ReturnType<typeof planOf>, name: string) =>
    plan.passes.find((pass) => nameOf(pass) === name)?.start;

  it('by the limit', () => {
    const plan = planOf([givenOverlap('busy'), givenDue('a')], { maxUnderWay: 1 });
    expect(startOf(plan, 'a')).toEqual({
      refused: 'FleetLimit',
      message:
        '1 accounts are under way, as many as TWINKEY_MAX_UNDER_WAY allows; it begins when its turn comes',
      attention: false,
    });
  });

  it.each([
    ['a call of theirs fails', { trouble: TROUBLE }, DAY, true],
    ['people have to see to them', { attention: true }, DAY, true],
    ['that has not lasted', { attention: true }, DAY - 1, false],
    ['nothing is wrong with them', {}, DAY, false],
  ])('by places whose accounts are in trouble: %s', (_, changes, ago, attention) => {
    const accounts = [givenOverlap('busy', changes), givenDue('a', ago)];
    const start = startOf(planOf(accounts, { maxUnderWay: 1 }), 'a');
    expect(start).toMatchObject({ refused: 'FleetLimit', attention });
    const message = typeof start === 'object' ? start.message : '';
    expect(message.includes('(1 of them in trouble)')).toBe(
      'trouble' in changes || 'attention' in changes,
    );
  });

  it('without calling anybody for an account that has no key yet: it is due at no certain time', () => {
    const newcomer = given('a', { phase: null, reason: 'Due', dueAt: null, nextCheckAt: NOW });
    const plan = planOf([givenOverlap('busy', { attention: true }), newcomer], { maxUnderWay: 1 });
    expect(startOf(plan, 'a')).toMatchObject({ refused: 'FleetLimit', attention: false });
  });

  it('by a brake', () => {
    const times = { since: NOW - HOUR, lastFailureAt: NOW, endsAt: NOW + HOUR, trialAt: NOW + 1 };
    const brake = { kind: 'timeout', accounts: 5, ...times } as const;
    const state: BrakeState = { id: 'topic', call: 'topic', scope: null, brake, clearedAt: 0 };
    expect(startOf(planOf([givenDue('a')], {}, [state]), 'a')).toEqual({
      refused: 'FleetBraked',
      message:
        '5 accounts in a row failed (topic: timeout); it begins when nothing has failed for a while, or an operator releases the brake',
      attention: false,
    });
  });

  it.each([
    ['is not through', {}, MINUTE, 'is not through yet; it is waited for until a day after', false],
    ['failed', { attention: true }, DAY - 1, 'is in trouble: mend it, exclude it, or give', false],
    ['failed for long', { attention: true }, DAY, 'is in trouble: mend it, exclude it', true],
  ])('by a lower ring that %s', (_, changes, ago, words, attention) => {
    const canary = given('canary', { ring: 1, phase: 'verifying', dueAt: null, ...changes });
    const start = startOf(planOf([canary, givenDue('a', ago)]), 'a');
    expect(start).toMatchObject({ refused: 'RingWaiting', attention });
    const message = typeof start === 'object' ? start.message : '';
    expect(message).toContain(`${idOf('canary')} of ring 1 goes before ring 5 and ${words}`);
  });
});
