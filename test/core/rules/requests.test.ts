import { describe, expect, it } from 'vitest';
import type { RotationRequest } from '../../../shared/core/observation.ts';
import type { Phase, Rotation } from '../../../shared/core/record.ts';
import {
  AT,
  DAY,
  givenHold,
  givenPublication,
  givenQuarantine,
  givenRecord,
  givenRequest,
  givenRotation,
  givenSecret,
  JUST_BEFORE,
  K1,
  K2,
  NOW,
  OTHER,
  plan,
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

  it('has the overlap of the rotation that it undoes, or the policy’s where that is lost', () => {
    const anyone = givenRequest('rollback');
    const overlapOf = (rotation: Rotation | null) =>
      plan({ record: { ...overlap, rotation }, requests: [anyone], policy: { overlapMs: DAY } });
    const undone = givenRotation({ overlapMs: 3 * DAY });
    expect(overlapOf(undone)).toMatchObject({ next: { rotation: { overlapMs: 3 * DAY } } });
    expect(overlapOf(null)).toMatchObject({ next: { rotation: { overlapMs: DAY } } });
  });

  it('of a named rotation is refused where none is recorded', () => {
    const record = givenRecord('overlap', { rotation: null });
    expect(plan({ record, requests: [rollback] })).toMatchObject({ reason: 'RequestRefused' });
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

describe('of several requests', () => {
  it('compromised goes first, then rollback, then manual; then the first of a kind', () => {
    const requests = [
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
    expect(order).toEqual(['compromised-1', 'rollback-1', 'manual-2', 'manual-1']);
  });
});
