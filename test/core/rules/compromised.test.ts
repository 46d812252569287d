import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../shared/core/facts.ts';
import type { RotationRequest } from '../../../shared/core/observation.ts';
import type { Phase, RotationRecord } from '../../../shared/core/record.ts';
import { retirementAt } from '../../../shared/core/rules/compromise.ts';
import { reportedCut } from '../../../shared/core/transitions.ts';
import { parseWindow } from '../../../shared/core/window.ts';
import {
  AT,
  DAY,
  DEAD,
  givenHold,
  givenObservation,
  givenPublication,
  givenQuarantine,
  givenRecord,
  givenRequest,
  givenSecret,
  HOUR,
  JUST_AFTER,
  JUST_BEFORE,
  K1,
  K2,
  MINUTE,
  NOW,
  plan,
  QUARANTINE,
  TIMING,
} from '../fixtures.ts';

const BUSY: Phase[] = [
  'regeneratingStandby',
  'verifying',
  'publishing',
  'overlap',
  'regeneratingStale',
];

function leaked(fingerprints: string[], overrides: Partial<RotationRequest> = {}) {
  return givenRequest('compromised', { fingerprints, ...overrides });
}

describe('a compromised request', () => {
  it('is done when no slot holds a leaked value', () => {
    expect(plan({ requests: [leaked([DEAD])] })).toMatchObject({
      do: 'closeRequest',
      reason: 'RequestDone',
      requestId: 'compromised-1',
      actor: 'Ada',
    });
  });

  it.each([[[K1]], [[K1, K2]]])(
    'of the active key (%s) regenerates the standby key',
    (fingerprints) => {
      expect(plan({ requests: [leaked(fingerprints)] })).toMatchObject({
        do: 'regenerate',
        reason: 'KeyCompromised',
        slot: 'Key2',
        intent: {
          phase: 'regeneratingStandby',
          rotation: { id: 'fresh', cause: 'compromised', requestId: 'compromised-1' },
        },
      });
    },
  );

  it('of the standby key regenerates it at once, and nothing is published', () => {
    expect(plan({ requests: [leaked([K2])] })).toMatchObject({
      do: 'regenerate',
      reason: 'KeyCompromised',
      slot: 'Key2',
      intent: {
        phase: 'regeneratingStale',
        rotation: { cause: 'compromised' },
        stale: { slot: 'Key2', fingerprint: K2 },
      },
    });
  });

  it.each(BUSY)('lets a rotation in phase %s go on to its end', (phase) => {
    const record = givenRecord(phase, { reported: reportedCut(NOW + 4 * MINUTE) });
    const { reason, ...step } = plan({ record, requests: [leaked([K1])] });
    expect(reason).not.toBe('KeyCompromised');
    expect(step.do).not.toBe('closeRequest');
  });

  it('opens a closed window; what another request lists does not', () => {
    const policy = { window: parseWindow('Thu 08:00-09:00') };
    const listed = givenRequest('keyless', { fingerprints: [K1] });
    expect(plan({ policy, requests: [listed] }).reason).toBe('WindowClosed');
    expect(plan({ policy, requests: [listed, leaked([K1])] }).do).toBe('regenerate');
  });

  it('asks for a person while a hold keeps it waiting', () => {
    const told = { record: { ...givenRecord(), reported: 'Held' as const }, holds: [givenHold()] };
    const held = plan({ ...told, requests: [leaked([K1])] });
    expect(held).toMatchObject({ do: 'wait', reason: 'Held', attention: true });
    const manual = plan({ ...told, requests: [givenRequest('manual')] });
    expect(manual).toMatchObject({ do: 'wait', reason: 'Held', attention: false });
  });

  it('does not wait for a window, but for a hold, unless it weighs more', () => {
    const closed = { window: { text: 'x', days: [3], startMinute: 0, endMinute: 60, zone: 'UTC' } };
    expect(plan({ policy: closed, requests: [leaked([K1])] }).do).toBe('regenerate');
    const holds = [givenHold()];
    expect(plan({ holds, requests: [leaked([K1])] }).reason).toBe('Held');
    expect(plan({ holds, requests: [leaked([K2])] }).reason).toBe('Held');
    const override = { overrideHold: true };
    const gone = leaked([DEAD], { id: 'c2', ...override });
    expect(plan({ holds, requests: [leaked([K1]), gone] }).reason).toBe('Held');
    expect(plan({ holds, requests: [leaked([K1], override)] }).do).toBe('regenerate');
    expect(plan({ holds, requests: [leaked([DEAD], override), givenRequest('manual')] }).do).toBe(
      'closeRequest',
    );
  });
});

describe('the end of the stale key, as people are told', () => {
  const endOf = (record: RotationRecord, requests: RotationRequest[] = []) => {
    const facts = factsOf(givenObservation({ record, requests }), TIMING);
    return facts && retirementAt(facts);
  };

  it('is the planned one, or sooner where a key leaked', () => {
    const record = givenRecord('overlap', { retireAt: NOW + DAY });
    expect(endOf(record)).toBe(NOW + DAY);
    const at = (overlapMs: number) => [leaked([K2], { createdAt: NOW, overlapMs })];
    expect(endOf(record, at(HOUR))).toBe(NOW + HOUR);
    expect(endOf(record, at(2 * DAY))).toBe(NOW + DAY);
  });

  it('is not known before it is planned', () => {
    const record = givenRecord('overlap', { retireAt: null });
    expect(endOf(record, [leaked([K2])])).toBeNull();
  });

  it('counts from the leak where nothing is published yet', () => {
    const record = givenRecord('overlap', { active: null });
    expect(endOf(record, [leaked([K2], { createdAt: NOW, overlapMs: MINUTE })])).toBe(NOW + MINUTE);
  });
});

describe('a compromised key cuts the overlap', () => {
  const announcedAt = NOW - HOUR;
  const record = givenRecord('overlap', {
    active: givenPublication({ createdAt: announcedAt }),
    announcedAt,
    retireAt: announcedAt + 2 * DAY,
    reminders: 0,
  });
  const secret = givenSecret({ createdAt: announcedAt });
  /** Apps were told of this end; no reminder is due any more. */
  const told = (cutAt: number) => ({ ...record, reminders: 3, reported: reportedCut(cutAt) });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
    [JUST_AFTER, 'regenerate'],
  ])('%s ms from the operator’s overlap after the request: %s', (offset, step) => {
    const createdAt = NOW - MINUTE;
    const request = leaked([K2], { createdAt, overlapMs: MINUTE - offset });
    expect(plan({ record: told(NOW - offset), secret, requests: [request] }).do).toBe(step);
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
  ])('%s ms from the operator’s overlap after a publish that came later: %s', (offset, step) => {
    const request = leaked([K2], { createdAt: announcedAt - DAY, overlapMs: HOUR - offset });
    expect(plan({ record: told(NOW - offset), secret, requests: [request] }).do).toBe(step);
  });

  it('to nothing, if the operator says so', () => {
    const request = leaked([K2], { createdAt: NOW, overlapMs: 0 });
    expect(plan({ record, secret, requests: [request] })).toMatchObject({
      do: 'regenerate',
      slot: 'Key2',
    });
  });

  it('also when it is the active key that leaked, so that its own rotation can begin', () => {
    expect(plan({ record, secret, requests: [leaked([K1], { overlapMs: 0 })] }).do).toBe(
      'regenerate',
    );
  });

  it('by the shortest of several, and by none of a key that is gone', () => {
    const long = leaked([K2], { id: 'c1', overlapMs: DAY });
    const short = leaked([K2], { id: 'c2', overlapMs: 2 * MINUTE });
    const planned = plan({ record: told(NOW + MINUTE), secret, requests: [long, short] });
    expect(planned).toMatchObject({ do: 'wait', until: NOW + MINUTE });
  });

  describe('and apps hear of that at once', () => {
    const request = leaked([K2], { createdAt: NOW, overlapMs: HOUR });
    const cutAt = NOW + HOUR;

    it('with the new end, and who has not acknowledged', () => {
      const policy = { subscribers: ['web'] };
      expect(plan({ record, secret, requests: [request], policy })).toMatchObject({
        do: 'remind',
        reason: 'KeyCompromised',
        discriminator: `${cutAt}:0`,
        missing: ['web'],
        retireAt: cutAt,
      });
    });

    it('once for each end', () => {
      const knowing = { ...record, reminders: 1, reported: reportedCut(cutAt) };
      const requests = [request];
      expect(plan({ record: knowing, secret, requests })).toMatchObject({ until: cutAt });
      const sooner = [request, leaked([K2], { id: 'c2', createdAt: NOW, overlapMs: MINUTE })];
      expect(plan({ record: knowing, secret, requests: sooner })).toMatchObject({
        do: 'remind',
        retireAt: NOW + MINUTE,
      });
    });

    it('and are reminded ahead of the new end', () => {
      const knowing = { ...record, announcedAt: NOW, reported: reportedCut(cutAt) };
      const at = (now: number) => plan({ record: knowing, secret, requests: [request], now });
      expect(at(NOW)).toMatchObject({ do: 'wait', until: NOW + HOUR / 2 });
      expect(at(NOW + HOUR / 2)).toMatchObject({
        do: 'remind',
        reason: 'ReminderDue',
        discriminator: `${cutAt}:1`,
        retireAt: cutAt,
      });
    });

    it('but not after a telling that failed, before its pause is over, nor beyond the end', () => {
      const trouble = { message: '403', retriable: false, telling: true };
      const failed = (notBefore: number) => ({ ...record, notBefore, trouble });
      const at = (notBefore: number, now = NOW) =>
        plan({ record: failed(notBefore), secret, requests: [request], now });
      const waiting = { do: 'wait', reason: 'InOverlap', attention: true };
      expect(at(NOW + MINUTE)).toMatchObject({ ...waiting, until: NOW + MINUTE });
      expect(at(NOW + DAY)).toMatchObject({ ...waiting, until: cutAt });
      expect(at(NOW + DAY, cutAt)).toMatchObject({ do: 'regenerate', slot: 'Key2' });
    });

    it('unless the end is no sooner than what they know', () => {
      const later = leaked([K2], { createdAt: NOW, overlapMs: 30 * DAY });
      const planned = plan({ record: { ...record, reminders: 3 }, secret, requests: [later] });
      expect(planned).toMatchObject({ do: 'wait', until: record.retireAt });
    });
  });

  it('never makes it longer', () => {
    const request = leaked([K2], { overlapMs: 30 * DAY });
    expect(plan({ record, secret, requests: [request], now: announcedAt + 2 * DAY }).do).toBe(
      'regenerate',
    );
  });

  it('waits for a quarantine all the same', () => {
    const until = NOW + QUARANTINE;
    const quarantined = { ...record, quarantine: givenQuarantine({ vault: until }) };
    const requests = [leaked([K2], { overlapMs: 0 })];
    expect(plan({ record: quarantined, secret, requests })).toMatchObject({ do: 'wait', until });
  });
});
