import { describe, expect, it } from 'vitest';
import type { RotationRequest } from '../../../shared/core/observation.ts';
import type { Policy } from '../../../shared/core/policy.ts';
import type { RotationRecord } from '../../../shared/core/record.ts';
import {
  AT,
  CHECK,
  DAY,
  givenRecord,
  givenRequest,
  JUST_AFTER,
  JUST_BEFORE,
  K1,
  K2,
  MINUTE,
  NOW,
  plan,
} from '../fixtures.ts';

/** An overlap that ends `offset` ms before now. */
function ending(offset: number, overrides: Partial<RotationRecord> = {}): RotationRecord {
  return givenRecord('overlap', {
    announcedAt: NOW - 2 * DAY - offset,
    retireAt: NOW - offset,
    reminders: 2,
    ...overrides,
  });
}

function leaked(overrides: Partial<RotationRequest> = {}): RotationRequest {
  return givenRequest('compromised', { fingerprints: [K2], ...overrides });
}

describe('required acknowledgements', () => {
  const required: Partial<Policy> = { acknowledgement: 'required', subscribers: ['web'] };
  const acknowledgements = [{ subscriber: 'web', fingerprint: K1, at: NOW }];
  const told = { reported: 'AcknowledgementMissing' };

  it('keep the stale key while they are missing', () => {
    expect(plan({ record: ending(0), policy: required })).toMatchObject({
      do: 'report',
      event: 'rotationDelayed',
      reason: 'AcknowledgementMissing',
      message: expect.stringContaining('web did not acknowledge'),
    });
    expect(plan({ record: ending(0, told), policy: required })).toMatchObject({
      do: 'wait',
      until: NOW + CHECK,
      attention: false,
    });
  });

  it('do not, once they are there or where the policy does not insist', () => {
    expect(plan({ record: ending(0), policy: required, acknowledgements }).do).toBe('regenerate');
    const advisory = { ...required, acknowledgement: 'advisory' } as const;
    expect(plan({ record: ending(0), policy: advisory }).do).toBe('regenerate');
  });

  it('of another key do not count', () => {
    const former = [{ subscriber: 'web', fingerprint: K2, at: NOW }];
    expect(plan({ record: ending(0), policy: required, acknowledgements: former }).do).toBe(
      'report',
    );
  });

  it('there early do not bring the end forward', () => {
    expect(plan({ record: ending(-1), policy: required, acknowledgements }).do).toBe('wait');
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'remind'],
    [JUST_AFTER, 'remind'],
  ])('are asked for again %s ms from a day after the end: %s', (offset, step) => {
    const planned = plan({ record: ending(DAY + offset, told), policy: required });
    expect(planned).toMatchObject({ do: step });
    if (planned.do === 'remind') expect(planned.missing).toEqual(['web']);
    if (planned.do === 'wait') expect(planned.until).toBe(NOW + 1);
    const unsent = ending(DAY + offset, { ...told, notBefore: NOW + MINUTE });
    expect(plan({ record: unsent, policy: required })).toMatchObject({ do: 'wait' });
  });

  it.each([
    [JUST_BEFORE, 'AcknowledgementMissing', false],
    [AT, 'AcknowledgementOverdue', true],
    [JUST_AFTER, 'AcknowledgementOverdue', true],
  ])('%s ms from their limit: %s', (offset, reason, attention) => {
    const record = ending(7 * DAY + offset, { reported: reason, reminders: 9 });
    const step = plan({ record, policy: required });
    expect(step).toMatchObject({ do: 'wait', reason, attention });
    if (offset === JUST_BEFORE) expect(step).toMatchObject({ until: NOW + 1 });
  });

  it('missing beyond their limit are told to people once, and never forced', () => {
    const record = ending(8 * DAY, { ...told, reminders: 10 });
    const reason = 'AcknowledgementOverdue';
    expect(plan({ record, policy: required })).toMatchObject({
      do: 'report',
      event: 'rotationFailed',
      reason,
    });
    const paused = { ...record, notBefore: NOW + 1 };
    expect(plan({ record: paused, policy: required })).toMatchObject({ do: 'wait', reason });
    const years = ending(900 * DAY, { reported: reason, reminders: 902 });
    expect(plan({ record: years, policy: required })).toMatchObject({
      do: 'wait',
      attention: true,
    });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
    [JUST_AFTER, 'regenerate'],
  ])('are not waited for when a leak cuts the overlap: %s ms from the cut: %s', (offset, step) => {
    const requests = [leaked({ overlapMs: MINUTE - offset })];
    const planned = plan({ record: ending(0, told), policy: required, requests });
    expect(planned.do).toBe(step);
    if (planned.do === 'wait') expect(planned.until).toBe(NOW + 1);
  });
});
