import { describe, expect, it } from 'vitest';
import type { RotationRequest } from '../../../shared/core/observation.ts';
import type { Phase } from '../../../shared/core/record.ts';
import {
  AT,
  DAY,
  DEAD,
  givenHold,
  givenPublication,
  givenQuarantine,
  givenRecord,
  givenRequest,
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
    const { reason, ...step } = plan({ record: givenRecord(phase), requests: [leaked([K1])] });
    expect(reason).not.toBe('KeyCompromised');
    expect(step.do).not.toBe('closeRequest');
  });

  it('does not wait for a window, but for a hold, unless it weighs more', () => {
    const closed = { window: { text: 'x', days: [3], startMinute: 0, endMinute: 60, zone: 'UTC' } };
    expect(plan({ policy: closed, requests: [leaked([K1])] }).do).toBe('regenerate');
    const holds = [givenHold()];
    expect(plan({ holds, requests: [leaked([K1])] }).reason).toBe('Held');
    expect(plan({ holds, requests: [leaked([K2])] }).reason).toBe('Held');
    const override = { overrideHold: true };
    expect(plan({ holds, requests: [leaked([K1], override)] }).do).toBe('regenerate');
    expect(plan({ holds, requests: [leaked([DEAD], override), givenRequest('manual')] }).do).toBe(
      'closeRequest',
    );
  });
});

describe('a rollback request', () => {
  const rollback = givenRequest('rollback', { rotationId: 'r1' });
  const overlap = givenRecord('overlap');

  it('during the overlap verifies the previous key', () => {
    expect(plan({ record: overlap, requests: [rollback] })).toMatchObject({
      do: 'note',
      reason: 'RollbackRequested',
      message: 'Ada asked for Key2 back: because',
      next: {
        phase: 'verifying',
        rotation: { id: 'rollback-1', cause: 'rollback', overlapMs: 2 * DAY },
        candidate: { slot: 'Key2', fingerprint: K2, since: NOW, verified: false },
      },
    });
  });

  it('of no named rotation undoes the one under way, whoever asked', () => {
    const anyone = givenRequest('rollback', { actor: '' });
    const step = plan({ record: overlap, requests: [anyone] });
    expect(step.message).toBe('an operator asked for Key2 back: because');
  });

  it('is done once its rotation is under way', () => {
    const record = givenRecord('verifying', {
      rotation: givenRotation({ id: 'rollback-1', cause: 'rollback', requestId: 'rollback-1' }),
    });
    expect(plan({ record, requests: [rollback] })).toMatchObject({
      do: 'closeRequest',
      reason: 'RequestDone',
    });
  });

  it.each([
    ['while idle', givenRecord('idle'), rollback],
    ['before the publish', givenRecord('publishing'), rollback],
    ['when the stale key is going', givenRecord('regeneratingStale'), rollback],
    ['of another rotation', overlap, givenRequest('rollback', { rotationId: 'r0' })],
    ['without a stale key', givenRecord('overlap', { stale: null }), rollback],
  ])('is refused %s', (_, record, request) => {
    expect(plan({ record, requests: [request] })).toMatchObject({
      do: 'closeRequest',
      reason: 'RequestRefused',
      message: expect.stringContaining('overlap'),
    });
  });

  it('is refused when the previous key is gone', () => {
    const step = plan({ record: overlap, requests: [rollback], keys: { Key1: K1, Key2: OTHER } });
    expect(step).toMatchObject({
      reason: 'RequestRefused',
      message: expect.stringContaining('is gone'),
    });
  });

  it('is refused when the previous key leaked', () => {
    const requests = [rollback, leaked([K2])];
    expect(plan({ record: overlap, requests })).toMatchObject({
      requestId: 'rollback-1',
      reason: 'RequestRefused',
      message: expect.stringContaining('compromised'),
    });
  });

  it.each([
    ['Key2', JUST_BEFORE, 'wait'],
    ['Key2', AT, 'note'],
    ['vault', JUST_BEFORE, 'wait'],
    ['vault', AT, 'note'],
    ['Key1', JUST_BEFORE, 'note'],
  ] as const)('%s ms: with %s in quarantine, %s ms from its end: %s', (place, offset, step) => {
    const record = givenRecord('overlap', {
      quarantine: givenQuarantine({ [place]: NOW - offset }),
    });
    expect(plan({ record, requests: [rollback] }).do).toBe(step);
  });
});

describe('a manual request', () => {
  const manual = givenRequest('manual');

  it('starts a rotation, however young the active key', () => {
    const record = givenRecord('idle', { active: givenPublication({ createdAt: NOW }) });
    const secret = givenSecret({ createdAt: NOW });
    expect(plan({ record, secret, requests: [manual] })).toMatchObject({
      do: 'regenerate',
      reason: 'RotationRequested',
      slot: 'Key2',
      intent: {
        rotation: { id: 'manual-1', cause: 'manual', actor: 'Ada', requestId: 'manual-1' },
      },
    });
  });

  it.each(BUSY)('waits while a rotation is in phase %s', (phase) => {
    expect(plan({ record: givenRecord(phase), requests: [manual] })).toEqual(
      plan({ record: givenRecord(phase) }),
    );
  });

  it.each(BUSY)('is done when its own rotation is in phase %s', (phase) => {
    const record = givenRecord(phase, { rotation: givenRotation({ requestId: 'manual-1' }) });
    expect(plan({ record, requests: [manual] })).toMatchObject({
      do: 'closeRequest',
      reason: 'RequestDone',
    });
  });

  it('waits for a hold to be released', () => {
    expect(plan({ holds: [givenHold()], requests: [manual] }).reason).toBe('Held');
  });
});

describe('a near-expiry request', () => {
  const request = givenRequest('nearExpiry');

  it.each([
    [JUST_BEFORE, 'closeRequest', 'RequestRefused'],
    [AT, 'regenerate', 'Due'],
    [JUST_AFTER, 'regenerate', 'Due'],
  ])('%s ms from the minimum interval: %s', (offset, step, reason) => {
    const createdAt = NOW - TIMING.minimumIntervalMs - offset;
    const record = givenRecord('idle', { active: givenPublication({ createdAt }) });
    const secret = givenSecret({ createdAt });
    expect(plan({ record, secret, requests: [request] })).toMatchObject({ do: step, reason });
  });
});

describe('of several requests', () => {
  it('compromised goes first, then rollback, manual, near expiry; then the first of a kind', () => {
    const requests = [
      givenRequest('nearExpiry'),
      givenRequest('manual', { id: 'manual-2' }),
      givenRequest('manual'),
      givenRequest('rollback'),
      leaked([K1]),
    ];
    const order: unknown[] = [];
    for (let left = requests; left.length > 0; ) {
      const step = plan({ requests: left });
      const id =
        step.do === 'closeRequest'
          ? step.requestId
          : step.do === 'regenerate' && step.intent.rotation?.requestId;
      order.push(id);
      left = left.filter((request) => request.id !== id);
    }
    expect(order).toEqual(['compromised-1', 'rollback-1', 'manual-2', 'manual-1', 'nearExpiry-1']);
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

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
    [JUST_AFTER, 'regenerate'],
  ])('%s ms from the operator’s overlap after the request: %s', (offset, step) => {
    const createdAt = NOW - MINUTE;
    const request = leaked([K2], { createdAt, overlapMs: MINUTE - offset });
    expect(plan({ record, secret, requests: [request] }).do).toBe(step);
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
  ])('%s ms from the operator’s overlap after a publish that came later: %s', (offset, step) => {
    const request = leaked([K2], { createdAt: announcedAt - DAY, overlapMs: HOUR - offset });
    expect(plan({ record, secret, requests: [request] }).do).toBe(step);
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
    expect(plan({ record, secret, requests: [long, short] })).toMatchObject({
      do: 'wait',
      until: NOW + MINUTE,
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
