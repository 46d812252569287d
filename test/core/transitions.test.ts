import { describe, expect, it } from 'vitest';
import { Failure } from '../../shared/core/failures.ts';
import { parseRecord, type RotationRecord } from '../../shared/core/record.ts';
import * as transitions from '../../shared/core/transitions.ts';
import {
  ACCOUNT_ID,
  DAY,
  DEAD,
  givenIntent,
  givenPublication,
  givenQuarantine,
  givenRecord,
  givenRequest,
  givenRotation,
  givenVersion,
  HOUR,
  K1,
  K2,
  MINUTE,
  NOW,
  OTHER,
  QUARANTINE,
  SECOND,
  SECRET,
  TIMING,
} from './fixtures.ts';

const SETBACK = { setbacks: 3, notBefore: NOW, reported: 'Held' };
const PROGRESS = { setbacks: 0, notBefore: 0, reported: null };
const CANDIDATE = { slot: 'Key2', fingerprint: K2, since: NOW, verified: false } as const;

describe('before a change', () => {
  it('a regenerate names the value about to go, and puts the slot in quarantine', () => {
    const next = transitions.intendRegenerate(givenRecord(), 'Key2', K2, NOW, TIMING);
    expect(next.intent).toEqual(givenIntent('regenerate'));
    expect(next.quarantine).toEqual(givenQuarantine({ Key2: NOW + QUARANTINE }));
  });

  it('a publish names its value, and puts the vault in quarantine', () => {
    const next = transitions.intendPublish(givenRecord('verifying'), CANDIDATE, NOW, TIMING);
    expect(next.phase).toBe('publishing');
    expect(next.intent).toEqual(givenIntent('publish'));
    expect(next.quarantine).toEqual(givenQuarantine({ vault: NOW + QUARANTINE }));
  });
});

describe('a definite answer', () => {
  const all = givenQuarantine({ Key1: 1, Key2: 2, vault: 3 });

  it.each([
    ['regenerate', { Key1: 1, Key2: 0, vault: 3 }],
    ['publish', { Key1: 1, Key2: 2, vault: 0 }],
  ] as const)('to a %s ends the quarantine of its place alone', (kind, quarantine) => {
    const record = givenRecord('publishing', { quarantine: all, intent: givenIntent(kind) });
    expect(transitions.clearQuarantine(record)).toMatchObject({ intent: null, quarantine });
  });

  it('without an intent ends none', () => {
    const record = givenRecord('idle', { quarantine: all });
    expect(transitions.clearQuarantine(record)).toEqual(record);
  });

  it.each([
    [NOW - 1, 0],
    [NOW, 0],
    [NOW + 1, NOW + 1],
  ])('leaves an earlier attempt in doubt that runs until %s', (earlier, left) => {
    const record = givenRecord('verifying', {
      quarantine: givenQuarantine({ vault: earlier, Key2: earlier }),
    });
    const published = transitions.intendPublish(record, CANDIDATE, NOW, TIMING);
    expect(published.quarantine.vault).toBe(NOW + QUARANTINE);
    expect(transitions.clearQuarantine(published).quarantine.vault).toBe(left);
    const regenerated = transitions.intendRegenerate(record, 'Key2', K2, NOW, TIMING);
    expect(transitions.clearQuarantine(regenerated).quarantine.Key2).toBe(left);
  });
});

describe('a rotation', () => {
  const start = {
    freshId: 'fresh',
    cause: 'manual',
    now: NOW,
    secret: SECRET,
    overlapMs: DAY,
  } as const;

  it('of the schedule has an id of its own and nobody behind it', () => {
    expect(transitions.newRotation({ ...start, cause: 'schedule' })).toEqual({
      id: 'fresh',
      cause: 'schedule',
      startedAt: NOW,
      actor: '',
      comment: '',
      requestId: null,
      secret: SECRET,
      overlapMs: DAY,
    });
  });

  it('of a request is followed by the request’s id', () => {
    const request = givenRequest('manual');
    expect(transitions.newRotation({ ...start, request })).toMatchObject({
      id: 'manual-1',
      requestId: 'manual-1',
      actor: 'Ada',
      comment: 'because',
    });
  });

  it('of a compromised request has an id of its own, as there may be several', () => {
    const request = givenRequest('compromised');
    expect(transitions.newRotation({ ...start, request })).toMatchObject({
      id: 'fresh',
      requestId: 'compromised-1',
    });
  });
});

describe('progress forgets failures and reports', () => {
  const before = givenRecord('publishing', SETBACK);
  it.each([
    ['beginVerifying', () => transitions.beginVerifying(before, 'Key2', OTHER, NOW), 'verifying'],
    ['markVerified', () => transitions.markVerified(before), 'publishing'],
    ['beginRetiring', () => transitions.beginRetiring(before), 'regeneratingStale'],
    ['markRetired', () => transitions.markRetired(before, NOW), 'regeneratingStale'],
    ['abandonRollback', () => transitions.abandonRollback(before), 'overlap'],
    ['markAnnounced', () => transitions.markAnnounced(before, NOW, NOW, null), 'publishing'],
    ['closeRotation', () => transitions.closeRotation(before, NOW, true), 'idle'],
    [
      'enterOverlap',
      () => transitions.enterOverlap(before, givenRotation(), givenPublication(), K2),
      'overlap',
    ],
  ])('%s', (_, change, phase) => {
    const after = change();
    expect(after).toMatchObject({ ...PROGRESS, phase });
    expect(parseRecord(after)).toEqual(after);
  });
});

describe('verifying', () => {
  it('counts from when the value was first seen', () => {
    const next = transitions.beginVerifying(givenRecord('regeneratingStandby'), 'Key2', K2, NOW);
    expect(next.candidate).toEqual(CANDIDATE);
  });

  it('of a value that is there already belongs to the new rotation', () => {
    const rotation = givenRotation({ id: 'r2', cause: 'rollback', startedAt: NOW });
    const record = givenRecord('overlap', { intent: givenIntent('publish') });
    const next = transitions.beginWithCurrentValue(record, rotation, 'Key2', K2);
    expect(next).toMatchObject({
      phase: 'verifying',
      rotation,
      candidate: CANDIDATE,
      intent: null,
    });
  });

  it('is done when the candidate is verified', () => {
    expect(transitions.markVerified(givenRecord('verifying')).candidate?.verified).toBe(true);
    expect(transitions.markVerified(givenRecord('idle'))).toEqual(givenRecord('idle'));
  });
});

describe('the overlap', () => {
  const active = givenPublication({ versionId: 'v2', slot: 'Key2', fingerprint: K2 });

  function enter(record: RotationRecord, stale = K1): RotationRecord {
    return transitions.enterOverlap(record, givenRotation(), active, stale);
  }

  it('has the other slot as stale key, and is not announced yet', () => {
    expect(enter(givenRecord('publishing', { retiredAt: 1, reminders: 2 }))).toEqual({
      ...givenRecord('overlap'),
      active,
      stale: { slot: 'Key1', fingerprint: K1 },
      announcedAt: null,
      retireAt: null,
      retiredAt: null,
      reminders: 0,
      superseded: ['v1'],
    });
  });

  it('does not take its own version for a superseded one', () => {
    const record = givenRecord('idle', { active, superseded: ['v0', 'v2'] });
    expect(enter(record).superseded).toEqual(['v0']);
  });

  it('keeps the end that apps were told, where the stale key is the same', () => {
    const stale = { slot: 'Key1', fingerprint: K1 } as const;
    const record = givenRecord('overlap', { stale, retireAt: NOW + 7 * DAY });
    expect(enter(record).retireAt).toBe(NOW + 7 * DAY);
    expect(enter(record, DEAD).retireAt).toBeNull();
  });

  it('is of the version that the vault holds', () => {
    const version = givenVersion({ id: 'v2', createdAt: NOW });
    expect(transitions.publicationOf(SECRET, version, 'Key2', K2)).toEqual(
      givenPublication({ versionId: 'v2', createdAt: NOW, slot: 'Key2', fingerprint: K2 }),
    );
  });
});

describe('retireAt', () => {
  it.each([
    ['counts from the accepted announcement', null, 0, NOW + 2 * DAY],
    ['is never earlier than what was recorded', NOW + 3 * DAY, 0, NOW + 3 * DAY],
    ['is never earlier than what was told', null, NOW + 4 * DAY, NOW + 4 * DAY],
  ])('%s', (_, recorded, told, expected) => {
    const record = givenRecord('overlap', { announcedAt: null, retireAt: recorded });
    expect(transitions.markAnnounced(record, NOW, told, null)).toMatchObject({
      announcedAt: NOW,
      retireAt: expected,
    });
  });

  it('without a rotation is the moment itself', () => {
    expect(transitions.retireAtAfter(givenRecord('idle'), NOW)).toBe(NOW);
  });
});

describe('a reminder', () => {
  const overlap = { announcedAt: NOW, retireAt: NOW + 2 * DAY };
  const due = { retireAt: NOW + 2 * DAY, reason: 'ReminderDue' } as const;

  it.each([
    ['before its time counts as one', NOW, 0, 1],
    ['at its time counts as one', NOW + DAY, 0, 1],
    ['late stands for all that were due', NOW + 2 * DAY - HOUR, 0, 2],
    ['once more still counts', NOW + DAY, 1, 2],
  ])('%s', (_, at, reminders, expected) => {
    const record = givenRecord('overlap', { ...overlap, reminders });
    expect(transitions.markReminded(record, at, due).reminders).toBe(expected);
  });

  it('without an announcement is none', () => {
    const record = givenRecord('overlap', { announcedAt: null });
    expect(transitions.markReminded(record, NOW, due)).toEqual(record);
  });

  it('of an end that a leak brought forward counts what is due by that end, and is told once', () => {
    const record = givenRecord('overlap', { ...overlap, reminders: 0 });
    const retireAt = NOW + HOUR;
    const cut = { retireAt, reason: 'KeyCompromised' } as const;
    expect(transitions.markReminded(record, NOW + MINUTE, cut)).toMatchObject({
      reminders: 0,
      reported: transitions.reportedCut(retireAt),
    });
    expect(transitions.markReminded(record, NOW + HOUR / 2, cut).reminders).toBe(1);
    const announced = transitions.markAnnounced(record, NOW, retireAt, retireAt);
    expect(announced.reported).toBe(transitions.reportedCut(retireAt));
  });

  it('that was sent ends what was left of a failure to send it', () => {
    const trouble = { message: '503', retriable: true, telling: true };
    const record = givenRecord('overlap', { ...overlap, trouble, setbacks: 3, notBefore: NOW });
    expect(transitions.markReminded(record, NOW, due)).toMatchObject({
      trouble: null,
      setbacks: 0,
      notBefore: 0,
    });
  });
});

describe('the end of a rotation', () => {
  it('leaves nothing behind but what it was', () => {
    const record = givenRecord('regeneratingStale', {
      retiredAt: NOW - MINUTE,
      superseded: ['v0'],
    });
    expect(transitions.closeRotation(record, NOW, true)).toEqual({
      ...givenRecord('idle'),
      superseded: ['v0'],
      lastRotation: {
        id: 'r1',
        cause: 'schedule',
        startedAt: NOW - 2 * DAY,
        closedAt: NOW,
        confirmedDead: true,
      },
    });
  });

  it('for good leaves no key and no switch behind, and no version to be taken for new', () => {
    const record = givenRecord('regeneratingStale', {
      superseded: ['v0'],
      switching: { requestId: 'keyless-1', at: NOW, seen: true },
    });
    const closed = transitions.closeForGood(record, NOW);
    expect(closed).toMatchObject({
      phase: 'idle',
      active: null,
      superseded: ['v0', 'v1'],
      switching: null,
      lastRotation: { id: 'r1', closedAt: NOW, confirmedDead: false },
    });
    expect(parseRecord(closed)).toEqual(closed);
  });

  it('of none leaves none', () => {
    expect(transitions.closeRotation(givenRecord('idle'), NOW, true).lastRotation).toBeNull();
  });
});

it('the switch of key authentication is known by its request', () => {
  const record = givenRecord();
  expect(transitions.markSwitching(record, 'keyless-1', NOW, true)).toEqual({
    ...record,
    switching: { requestId: 'keyless-1', at: NOW, seen: true },
  });
});

describe('a setback', () => {
  it.each([
    ['waits by the backoff', 0, undefined, 15 * SECOND],
    ['waits longer each time', 2, undefined, 60 * SECOND],
    ['waits as long as the service asks', 0, HOUR, HOUR],
    ['waits at least by the backoff', 3, 1, 120 * SECOND],
    ['waits whole milliseconds', 0, 15_000.5, 15_001],
    ['waits a day at most', 0, 1e300, DAY],
  ])('%s', (_, setbacks, retryAfterMs, expected) => {
    const record = givenRecord('overlap', { setbacks });
    const next = transitions.markSetback(record, NOW, TIMING, {
      kind: 'throttled',
      message: 'm'.repeat(2_000),
      retriable: false,
      retryAfterMs,
    });
    expect(next).toMatchObject({ setbacks: setbacks + 1, notBefore: NOW + expected });
    expect(next.trouble).toEqual({ message: 'm'.repeat(1_000), retriable: false });
    expect(parseRecord(next)).toEqual(next);
  });

  it('says when it was an event that could not be sent', () => {
    const failure = new Failure('unavailable', '503');
    const what = { telling: true, call: 'topic' } as const;
    const next = transitions.markSetback(givenRecord(), NOW, TIMING, failure, what);
    const failed = { call: 'topic', kind: 'unavailable', at: NOW };
    expect(next.trouble).toEqual({ message: '503', retriable: true, telling: true, failed });
    expect(parseRecord(next)).toEqual(next);
  });
});

it('a fresh record knows nothing, and is as cautious as it is told', () => {
  const record = transitions.freshRecord(ACCOUNT_ID, NOW);
  expect(record).toMatchObject({ phase: 'idle', active: null, rotation: null, claim: null });
  expect(record.quarantine).toEqual({ Key1: NOW, Key2: NOW, vault: NOW });
  expect(parseRecord(record)).toEqual(record);
});
