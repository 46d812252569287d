import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../shared/core/facts.ts';
import { idle } from '../../../shared/core/rules/idle.ts';
import { staggerShare } from '../../../shared/core/schedule.ts';
import {
  ACCOUNT_ID,
  AT,
  CHECK,
  DAY,
  givenObservation,
  givenPublication,
  givenRecord,
  givenSecret,
  HOUR,
  JUST_AFTER,
  JUST_BEFORE,
  NOW,
  plan,
  TIMING,
} from '../fixtures.ts';

const PUBLISHED = NOW - 10 * DAY;

describe('rules 13 and 14: an idle account', () => {
  it('waits until its key is due', () => {
    expect(plan()).toMatchObject({
      do: 'wait',
      reason: 'NotDue',
      until: PUBLISHED + 30 * DAY,
      attention: false,
    });
  });

  it.each([
    [JUST_BEFORE, 'wait', 'NotDue'],
    [AT, 'regenerate', 'Due'],
    [JUST_AFTER, 'regenerate', 'Due'],
  ])('%s ms from the end of its period: %s', (offset, step, reason) => {
    const now = PUBLISHED + 30 * DAY + offset;
    expect(plan({ now })).toMatchObject({ do: step, reason });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
  ])('%s ms from the minimum interval: %s', (offset, step) => {
    const createdAt = NOW - TIMING.minimumIntervalMs - offset;
    const record = givenRecord('idle', { active: givenPublication({ createdAt }) });
    const policy = { periodMs: HOUR / 4 };
    expect(plan({ policy, record, secret: givenSecret({ createdAt }) }).do).toBe(step);
  });

  it('after an adoption is due at its own moment', () => {
    const lastRotation = {
      id: 'r0',
      cause: 'adoption',
      startedAt: 0,
      closedAt: 0,
      confirmedDead: true,
    } as const;
    expect(
      plan({ now: PUBLISHED + HOUR, record: givenRecord('idle', { lastRotation }) }),
    ).toMatchObject({
      do: 'wait',
      until: PUBLISHED + Math.ceil(staggerShare(ACCOUNT_ID) * 30 * DAY),
    });
  });

  it('starts a rotation of the schedule with what the policy says now', () => {
    const step = plan({ now: NOW + 90 * DAY, policy: { overlapMs: 3 * DAY } });
    expect(step).toMatchObject({
      do: 'regenerate',
      slot: 'Key2',
      intent: {
        phase: 'regeneratingStandby',
        rotation: { id: 'fresh', cause: 'schedule', overlapMs: 3 * DAY },
      },
    });
  });

  it('without a published key looks again later', () => {
    const facts = factsOf(
      givenObservation({ record: givenRecord('idle', { active: null }) }),
      TIMING,
    );
    expect(facts && idle(facts)).toMatchObject({
      do: 'wait',
      reason: 'NotDue',
      until: NOW + CHECK,
      message: 'no key is published yet',
    });
  });
});
