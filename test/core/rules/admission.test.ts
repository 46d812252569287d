import { describe, expect, it } from 'vitest';
import type { Admission, RequestKind, RotationRequest } from '../../../shared/core/observation.ts';
import {
  AT,
  CHECK,
  DAY,
  DEAD,
  givenPublication,
  givenRecord,
  givenSecret,
  JUST_AFTER,
  JUST_BEFORE,
  NOW,
  plan,
} from '../fixtures.ts';

const createdAt = NOW - 30 * DAY;
const DUE = {
  record: givenRecord('idle', { active: givenPublication({ createdAt }) }),
  secret: givenSecret({ createdAt }),
};
const NEW = { record: null, secret: { state: 'absent' } } as const;
const EMPTY = {
  record: givenRecord('idle', { active: null }),
  secret: { state: 'absent' },
} as const;
const FULL: Admission = { refused: 'FleetLimit', message: 'as many as allowed', attention: false };

function givenRequest(kind: RequestKind): RotationRequest {
  return {
    id: 'asked',
    kind,
    createdAt: NOW,
    actor: 'ann',
    comment: '',
    fingerprints: [],
    overlapMs: 0,
    overrideHold: false,
    users: [],
    rotationId: null,
  };
}

describe('a start that nobody asked for', () => {
  it.each([
    ['a rotation that is due', DUE, 'regenerate'],
    ['an account without record and secret', NEW, 'note'],
    ['an account without secret that has a record', EMPTY, 'note'],
  ])('of %s begins when the tick admitted it', (_, given, step) => {
    expect(plan(given).do).toBe(step);
    expect(plan({ ...given, admission: undefined })).toMatchObject({
      do: 'wait',
      reason: 'Due',
      until: NOW,
      attention: false,
    });
    expect(plan({ ...given, admission: FULL })).toMatchObject({
      do: 'wait',
      reason: 'FleetLimit',
      until: NOW + CHECK,
      message: 'due: as many as allowed',
      attention: false,
    });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
    [JUST_AFTER, 'regenerate'],
  ])('admitted until %s ms from now: %s', (offset, step) => {
    expect(plan({ ...DUE, admission: { until: NOW + offset } }).do).toBe(step);
  });

  it('calls people when the tick says so', () => {
    const admission: Admission = { refused: 'RingWaiting', message: 'stuck', attention: true };
    expect(plan({ ...DUE, admission })).toMatchObject({ reason: 'RingWaiting', attention: true });
  });

  it('says first what holds it up in any case', () => {
    const holds = [{ scope: 'account', actor: 'ann', comment: '', until: null } as const];
    expect(plan({ ...DUE, holds, admission: undefined })).toMatchObject({ reason: 'Held' });
  });
});

describe('never held back by the fleet is', () => {
  const admission = FULL;

  it('what a person asks for', () => {
    const requests = [givenRequest('manual')];
    expect(plan({ requests, admission })).toMatchObject({ do: 'regenerate' });
    expect(plan({ ...NEW, requests, admission }).do).toBe('note');
    expect(plan({ ...EMPTY, requests, admission }).do).toBe('note');
  });

  it('the healing of drift', () => {
    const secret = givenSecret({ fingerprint: DEAD });
    expect(plan({ secret, admission })).toMatchObject({ do: 'note', reason: 'Drifted' });
  });

  it('a record that was lost', () => {
    expect(plan({ record: null, admission })).toMatchObject({
      do: 'note',
      reason: 'RecordMissing',
    });
  });

  it('a secret that was purged: its apps have no key', () => {
    const secret = { state: 'absent' } as const;
    expect(plan({ secret, admission })).toMatchObject({ do: 'note', reason: 'SecretMissing' });
  });
});
