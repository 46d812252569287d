import { describe, expect, it } from 'vitest';
import type { Candidate, Cause, RotationRecord } from '../../../shared/core/record.ts';
import {
  AT,
  DEAD,
  givenHold,
  givenIntent,
  givenQuarantine,
  givenRecord,
  givenRotation,
  givenSecret,
  HOUR,
  JUST_AFTER,
  JUST_BEFORE,
  K1,
  K2,
  MINUTE,
  NOW,
  OTHER,
  plan,
  QUARANTINE,
  TIMING,
} from '../fixtures.ts';

const LIMIT = TIMING.verificationLimitMs;
const DEAD_SECRET = givenSecret({ fingerprint: DEAD });

function candidate(overrides: Partial<Candidate> = {}): Candidate {
  return { slot: 'Key2', fingerprint: K2, since: NOW, verified: false, ...overrides };
}

function caused(cause: Cause, overrides: Partial<RotationRecord> = {}): RotationRecord {
  return givenRecord('verifying', { rotation: givenRotation({ cause }), ...overrides });
}

describe('regeneratingStandby', () => {
  it('a changed value shows that the call happened, even while its quarantine runs', () => {
    const quarantine = givenQuarantine({ Key2: NOW + QUARANTINE });
    const record = givenRecord('regeneratingStandby', { quarantine });
    expect(plan({ record, keys: { Key1: K1, Key2: OTHER } })).toMatchObject({
      do: 'note',
      reason: 'Verifying',
      next: {
        phase: 'verifying',
        quarantine,
        candidate: { slot: 'Key2', fingerprint: OTHER, since: NOW, verified: false },
      },
    });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
    [JUST_AFTER, 'regenerate'],
  ])('an unchanged one is unknown: %s ms from the end of its quarantine: %s', (offset, step) => {
    const quarantine = givenQuarantine({ Key2: NOW - offset });
    expect(plan({ record: givenRecord('regeneratingStandby', { quarantine }) }).do).toBe(step);
  });

  it('without an intent nothing was sent: it is tried again', () => {
    const record = givenRecord('regeneratingStandby', { intent: null });
    const keys = { Key1: K1, Key2: OTHER };
    expect(plan({ record, keys })).toMatchObject({
      do: 'regenerate',
      reason: 'RegeneratingStandby',
    });
  });

  it('an intent to publish says nothing of a regeneration', () => {
    const record = givenRecord('regeneratingStandby', { intent: givenIntent('publish') });
    expect(plan({ record, keys: { Key1: K1, Key2: OTHER } }).do).toBe('regenerate');
  });
});

describe('verifying', () => {
  it('tries the candidate', () => {
    expect(plan({ record: givenRecord('verifying') })).toMatchObject({
      do: 'verify',
      reason: 'Verifying',
    });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'verify'],
    [JUST_AFTER, 'verify'],
  ])('%s ms from the end of a pause: %s', (offset, step) => {
    const notBefore = NOW - offset;
    const planned = plan({ record: givenRecord('verifying', { notBefore }) });
    expect(planned).toMatchObject({ do: step, reason: 'Verifying' });
    if (planned.do === 'wait') expect(planned.until).toBe(notBefore);
  });

  it('is not held up by a hold, a closed window, or a quarantine', () => {
    const window = { text: 'x', days: [3], startMinute: 0, endMinute: 1, zone: 'UTC' };
    const quarantine = givenQuarantine({ Key1: NOW + 1, Key2: NOW + 1, vault: NOW + 1 });
    const record = givenRecord('verifying', { quarantine });
    const holds = [givenHold()];
    expect(plan({ record, holds, policy: { window } }).do).toBe('verify');
  });

  it('a value that changed once more is verified anew', () => {
    const record = givenRecord('publishing');
    expect(plan({ record, keys: { Key1: K1, Key2: OTHER } })).toMatchObject({
      do: 'note',
      reason: 'Verifying',
      next: { phase: 'verifying', candidate: candidate({ fingerprint: OTHER }) },
    });
  });

  it('a rollback whose key changed is given up', () => {
    const keys = { Key1: K1, Key2: OTHER };
    expect(plan({ record: caused('rollback'), keys })).toMatchObject({
      do: 'note',
      reason: 'RequestRefused',
      next: { phase: 'overlap', candidate: null },
    });
  });

  it('a record without a candidate is mended', () => {
    const record = givenRecord('verifying', { candidate: null });
    expect(plan({ record })).toMatchObject({
      do: 'note',
      reason: 'Verifying',
      next: { candidate: candidate() },
    });
  });

  it('a record without its rotation goes on with the candidate', () => {
    const record = givenRecord('verifying', { rotation: null });
    const keys = { Key1: K1, Key2: OTHER };
    expect(plan({ record, keys })).toMatchObject({ do: 'note', reason: 'Verifying' });
    const overdue = { ...record, candidate: candidate({ since: NOW - LIMIT }) };
    expect(plan({ record: overdue }).do).toBe('verify');
    const verified = { ...record, candidate: candidate({ verified: true }) };
    expect(plan({ record: verified }).do).toBe('publish');
  });
});

describe('the verification limit', () => {
  it.each([
    [JUST_BEFORE, 'verify'],
    [AT, 'report'],
    [JUST_AFTER, 'report'],
  ])('%s ms from it: %s', (offset, step) => {
    const since = NOW - LIMIT - offset;
    const record = givenRecord('verifying', { candidate: candidate({ since }) });
    expect(plan({ record }).do).toBe(step);
  });

  const late = { candidate: candidate({ since: NOW - LIMIT }) };

  it('over: people are told once, and the key is tried on', () => {
    const reason = 'VerificationOverdue';
    const record = caused('schedule', late);
    expect(plan({ record })).toMatchObject({ do: 'report', event: 'rotationFailed', reason });
    expect(plan({ record: { ...record, reported: reason } }).do).toBe('verify');
    expect(plan({ record: { ...record, reported: 'Held' } }).do).toBe('report');
  });

  it('over, and people could not be told: tried again after the pause', () => {
    const record = caused('schedule', late);
    expect(plan({ record: { ...record, notBefore: NOW + 1 } }).do).toBe('wait');
    expect(plan({ record: { ...record, notBefore: NOW } }).do).toBe('report');
  });

  it('over for a rollback: told, then given up', () => {
    const record = caused('rollback', late);
    expect(plan({ record })).toMatchObject({
      do: 'report',
      message: expect.stringContaining('given up'),
    });
    const next = { phase: 'overlap', candidate: null };
    for (const after of [{ reported: 'VerificationOverdue' }, { notBefore: NOW + 1 }]) {
      expect(plan({ record: { ...record, ...after } })).toMatchObject({ do: 'note', next });
    }
  });

  it.each(['adoption', 'drift'] as const)(
    'over for %s: told, then the other slot is tried',
    (cause) => {
      const given = { secret: cause === 'drift' ? DEAD_SECRET : ({ state: 'absent' } as const) };
      const record = caused(cause, late);
      expect(plan({ ...given, record })).toMatchObject({
        do: 'report',
        message: expect.stringContaining('Key1 is tried instead'),
      });
      const next = { candidate: candidate({ slot: 'Key1', fingerprint: K1 }), reported: null };
      for (const after of [{ reported: 'VerificationOverdue' }, { notBefore: NOW + 1 }]) {
        expect(plan({ ...given, record: { ...record, ...after } })).toMatchObject({
          do: 'note',
          next,
        });
      }
    },
  );

  it.each([
    [JUST_BEFORE, 'verify'],
    [AT, 'note'],
  ])('over for drift, the other slot %s ms from the end of its quarantine: %s', (offset, step) => {
    const quarantine = givenQuarantine({ Key1: NOW - offset });
    const record = caused('drift', { ...late, quarantine, reported: 'VerificationOverdue' });
    expect(plan({ record, secret: DEAD_SECRET }).do).toBe(step);
  });
});

describe('publishing', () => {
  it('a verified candidate, after an intent with its value and a quarantine', () => {
    expect(plan({ record: givenRecord('publishing', { intent: null }) })).toMatchObject({
      do: 'publish',
      reason: 'Publishing',
      intent: {
        phase: 'publishing',
        intent: givenIntent('publish'),
        quarantine: givenQuarantine({ vault: NOW + QUARANTINE }),
      },
    });
  });

  it('follows verifying without another look', () => {
    const record = givenRecord('verifying', { candidate: candidate({ verified: true, since: 0 }) });
    expect(plan({ record }).do).toBe('publish');
  });

  it.each([
    ['Key2', JUST_BEFORE, 'wait'],
    ['Key2', AT, 'publish'],
    ['vault', JUST_BEFORE, 'wait'],
    ['vault', AT, 'publish'],
    ['Key1', JUST_BEFORE, 'publish'],
  ] as const)('with %s in quarantine, %s ms from its end: %s', (place, offset, step) => {
    const until = NOW - offset;
    const quarantine = givenQuarantine({ [place]: until });
    const planned = plan({ record: givenRecord('publishing', { quarantine }) });
    expect(planned.do).toBe(step);
    if (planned.do === 'wait') expect(planned).toMatchObject({ reason: 'InQuarantine', until });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'publish'],
  ])('%s ms from the end of a pause: %s', (offset, step) => {
    const notBefore = NOW - offset;
    const planned = plan({ record: givenRecord('publishing', { notBefore }) });
    expect(planned.do).toBe(step);
    if (planned.do === 'wait')
      expect(planned).toMatchObject({ reason: 'CallFailed', until: notBefore });
  });

  describe('over a publish in quarantine', () => {
    const quarantine = givenQuarantine({ vault: NOW + MINUTE });
    const verified = { candidate: candidate({ verified: true }), quarantine };

    it('is for a heal only, and does not end the earlier one’s quarantine', () => {
      const step = plan({ record: caused('drift', verified), secret: DEAD_SECRET });
      expect(step).toMatchObject({
        do: 'publish',
        intent: { intent: { quarantineBefore: NOW + MINUTE } },
      });
      expect(plan({ record: caused('adoption', verified), secret: { state: 'absent' } }).do).toBe(
        'wait',
      );
    });

    it('is not for a heal that is no longer needed', () => {
      expect(plan({ record: caused('drift', verified) })).toMatchObject({
        do: 'wait',
        until: NOW + MINUTE,
      });
    });

    it('is for no slot in quarantine, heal or not', () => {
      const record = caused('drift', {
        ...verified,
        quarantine: givenQuarantine({ Key2: NOW + HOUR }),
      });
      expect(plan({ record })).toMatchObject({ do: 'wait', until: NOW + HOUR });
      expect(plan({ record, secret: DEAD_SECRET })).toMatchObject({
        do: 'note',
        next: { candidate: { slot: 'Key1' } },
      });
    });
  });
});
