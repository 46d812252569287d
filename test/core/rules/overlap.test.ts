import { describe, expect, it } from 'vitest';
import type { RotationRequest } from '../../../shared/core/observation.ts';
import type { RotationRecord } from '../../../shared/core/record.ts';
import { reminderOf } from '../../../shared/core/rules/reminders.ts';
import {
  AT,
  DAY,
  givenIntent,
  givenQuarantine,
  givenRecord,
  givenRequest,
  HOUR,
  JUST_AFTER,
  JUST_BEFORE,
  K1,
  K2,
  MINUTE,
  NOW,
  OTHER,
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

describe('the announcement', () => {
  const unannounced = { announcedAt: null, retireAt: null, reminders: 0 };

  it('comes first, and the stale key waits for it', () => {
    const late = { ...unannounced, retireAt: NOW - DAY };
    expect(plan({ record: givenRecord('overlap', late) })).toMatchObject({
      do: 'announce',
      reason: 'AnnouncementPending',
    });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'announce'],
    [JUST_AFTER, 'announce'],
  ])('%s ms from the end of a pause after a failure: %s', (offset, step) => {
    const notBefore = NOW - offset;
    const planned = plan({ record: givenRecord('overlap', { ...unannounced, notBefore }) });
    expect(planned.do).toBe(step);
    if (planned.do === 'wait') expect(planned.until).toBe(notBefore);
  });

  describe('of a cut overlap', () => {
    const failed = (notBefore: number) => givenRecord('overlap', { ...unannounced, notBefore });

    it('is tried, even when the cut is over', () => {
      const requests = [leaked({ overlapMs: 0 })];
      expect(plan({ record: givenRecord('overlap', unannounced), requests }).do).toBe('announce');
    });

    it.each([
      [JUST_BEFORE, 'announce'],
      [AT, 'regenerate'],
      [JUST_AFTER, 'regenerate'],
    ])('that failed once does not keep the key alive: %s ms from the cut: %s', (offset, step) => {
      const requests = [leaked({ overlapMs: MINUTE - offset })];
      expect(plan({ record: failed(NOW), requests }).do).toBe(step);
    });

    it('is waited for until the cut at the latest', () => {
      const requests = [leaked({ overlapMs: 2 * MINUTE })];
      const step = plan({ record: failed(NOW + HOUR), requests });
      expect(step).toMatchObject({
        do: 'wait',
        reason: 'AnnouncementPending',
        until: NOW + MINUTE,
      });
    });

    it('that failed leaves its pause before the stale key goes', () => {
      const step = plan({ record: failed(NOW + HOUR), requests: [leaked({ overlapMs: 0 })] });
      expect(step).toMatchObject({ do: 'wait', reason: 'CallFailed', until: NOW + HOUR });
    });
  });
});

describe('the end of the overlap', () => {
  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
    [JUST_AFTER, 'regenerate'],
  ])('%s ms from retireAt: %s', (offset, step) => {
    expect(plan({ record: ending(offset) }).do).toBe(step);
  });

  it('regenerates the stale key', () => {
    expect(plan({ record: ending(0) })).toMatchObject({
      reason: 'RegeneratingStale',
      slot: 'Key2',
      intent: { phase: 'regeneratingStale', intent: givenIntent('regenerate') },
    });
  });

  it('is seen at once when someone regenerated the stale key', () => {
    expect(plan({ record: givenRecord('overlap'), keys: { Key1: K1, Key2: OTHER } })).toMatchObject(
      {
        do: 'note',
        reason: 'RegeneratingStale',
        next: { phase: 'regeneratingStale', retiredAt: NOW },
      },
    );
  });

  it('of a record without a stale key is that of the standby slot', () => {
    expect(plan({ record: ending(0, { stale: null }) })).toMatchObject({
      do: 'regenerate',
      slot: 'Key2',
    });
    const retiring = givenRecord('regeneratingStale', { stale: null });
    expect(plan({ record: retiring })).toMatchObject({ do: 'regenerate', slot: 'Key2' });
  });
});

describe('reminders', () => {
  const overlap = (overrides: Partial<RotationRecord> = {}) =>
    givenRecord('overlap', {
      announcedAt: NOW - DAY,
      retireAt: NOW + DAY,
      reminders: 0,
      ...overrides,
    });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'remind'],
    [JUST_AFTER, 'remind'],
  ])('%s ms from the half of the overlap: %s', (offset, step) => {
    const planned = plan({ now: NOW + offset, record: overlap() });
    expect(planned.do).toBe(step);
    if (planned.do === 'wait') expect(planned.until).toBe(NOW);
  });

  it('are none without an announcement', () => {
    expect(reminderOf(overlap({ announcedAt: null }), NOW, NOW, [])).toBeUndefined();
  });

  it('name who has not acknowledged the active key', () => {
    const acknowledgements = [
      { subscriber: 'web', fingerprint: K1, at: NOW },
      { subscriber: 'batch', fingerprint: K2, at: NOW },
      { subscriber: 'stranger', fingerprint: K1, at: NOW },
    ];
    const policy = { subscribers: ['web', 'batch', 'mail'] };
    const step = plan({ record: overlap(), acknowledgements, policy });
    expect(step).toMatchObject({ do: 'remind', missing: ['batch', 'mail'] });
  });

  it('before the first publish is recorded name nobody', () => {
    const policy = { subscribers: ['web'] };
    const secret = { state: 'absent' } as const;
    expect(plan({ record: overlap({ active: null }), policy, secret }).do).toBe('note');
  });

  it('that failed wait for their pause, but not beyond the end', () => {
    const paused = (notBefore: number) => plan({ record: overlap({ notBefore }) });
    expect(paused(NOW + HOUR)).toMatchObject({ do: 'wait', until: NOW + HOUR });
    expect(paused(NOW + 2 * DAY)).toMatchObject({ do: 'wait', until: NOW + DAY });
  });

  it('are waited for one after the other, then the end', () => {
    const until = (reminders: number) => plan({ record: overlap({ reminders }) });
    expect(until(1)).toMatchObject({ reason: 'InOverlap', until: NOW + DAY - HOUR });
    expect(until(2)).toMatchObject({ reason: 'InOverlap', until: NOW + DAY });
  });
});

describe('regeneratingStale', () => {
  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
    [JUST_AFTER, 'regenerate'],
  ])('an unchanged key is unknown: %s ms from the end of its quarantine: %s', (offset, step) => {
    const quarantine = givenQuarantine({ Key2: NOW - offset });
    const record = givenRecord('regeneratingStale', {
      quarantine,
      intent: givenIntent('regenerate'),
    });
    expect(plan({ record }).do).toBe(step);
  });

  const required = { acknowledgement: 'required', subscribers: ['web'] } as const;

  it('the key is kept after all where a reason to keep it came up', () => {
    const extended = givenRecord('regeneratingStale', { retireAt: NOW + HOUR, reminders: 3 });
    expect(plan({ record: extended })).toMatchObject({ do: 'wait', until: NOW + HOUR });
    const over = givenRecord('regeneratingStale', { reminders: 3 });
    expect(plan({ record: over }).do).toBe('regenerate');
    const step = plan({ record: over, policy: required });
    expect(step.reason).toBe('AcknowledgementMissing');
  });

  it('a key that was regenerated without an overlap has nobody to wait for', () => {
    const record = givenRecord('regeneratingStale', { announcedAt: null, retireAt: null });
    expect(plan({ record, policy: required }).do).toBe('regenerate');
  });

  const gone = { keys: { Key1: K1, Key2: OTHER } };

  it('a changed key is gone', () => {
    expect(plan({ ...gone, record: givenRecord('regeneratingStale') })).toMatchObject({
      do: 'note',
      next: { retiredAt: NOW },
    });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'confirmRetired'],
    [JUST_AFTER, 'confirmRetired'],
  ])('then it is confirmed to be dead: %s ms from the end of a pause: %s', (offset, step) => {
    const notBefore = NOW - offset;
    const record = givenRecord('regeneratingStale', { retiredAt: NOW - HOUR, notBefore });
    const planned = plan({ ...gone, record });
    expect(planned).toMatchObject({ do: step, reason: 'ConfirmingRetirement' });
    if (planned.do === 'wait') expect(planned.until).toBe(notBefore);
  });
});
