import fc from 'fast-check';
import { CAUSES, type Phase, type RotationRecord } from '../../shared/core/record.ts';
import { otherSlot } from '../../shared/core/slots.ts';
import { freshRecord, reportedCut } from '../../shared/core/transitions.ts';
import {
  ACCOUNT_ID,
  DAY,
  DEAD,
  HOUR,
  K1,
  K2,
  MINUTE,
  NOW,
  OTHER,
  QUARANTINE,
  SECRET,
} from './fixtures.ts';

/** Records in any phase, with times that crowd around now, and what such records are made of. */

const ELSEWHERE = { vaultUrl: 'https://other.vault.azure.net', name: 'acme-key' };

/** Mostly `usual`, now and then something else. */
export function mostly<T>(usual: fc.Arbitrary<T>, ...unusual: fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof(
    { arbitrary: usual, weight: 6 * unusual.length },
    ...unusual.map((arbitrary) => ({ arbitrary, weight: 1 })),
  );
}

/** Mostly `value`, now and then null. */
export function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return mostly<T | null>(value, fc.constant(null));
}

/** Epoch ms, crowding around now and around the lengths that rules know. */
export const time = fc
  .tuple(
    fc.constantFrom(0, MINUTE, QUARANTINE, HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 40 * DAY),
    fc.constantFrom(-1, 1),
    fc.integer({ min: -2, max: 2 }),
  )
  .map(([length, sign, shift]) => NOW + sign * length + shift);
export const past = time.map((at) => Math.min(at, 2 * NOW - at));
export const slot = fc.constantFrom('Key1', 'Key2');
export const fingerprint = fc.constantFrom(K1, K2, OTHER, DEAD);
export const text = fc.constantFrom('', 'someone');

/** Distinct values: ARM never gives both slots the same. */
export const keys = mostly(
  fc.constant({ Key1: K1, Key2: K2 }),
  fc
    .shuffledSubarray([K1, K2, OTHER, DEAD], { minLength: 2, maxLength: 2 })
    .map(([Key1 = K1, Key2 = K2]) => ({ Key1, Key2 })),
);

export const secretRef = mostly(fc.constant(SECRET), fc.constant(ELSEWHERE));

const rotation = fc.record({
  id: fc.constantFrom('r1', 'r2', 'manual-1', 'rollback-1'),
  cause: fc.constantFrom(...CAUSES),
  startedAt: past,
  actor: text,
  comment: text,
  requestId: fc.constantFrom(null, 'manual-1', 'rollback-1', 'compromised-1'),
  secret: fc.constant(SECRET),
  overlapMs: fc.constantFrom(HOUR, 2 * DAY),
});

/** Versions of the secret are never edited: an id always names the same value and time. */
const VERSIONS = [
  { id: 'v1', fingerprint: K1, createdAt: NOW - 31 * DAY },
  { id: 'v2', fingerprint: K2, createdAt: NOW - 3 * DAY },
  { id: 'v3', fingerprint: DEAD, createdAt: NOW - HOUR },
  { id: 'v4', fingerprint: OTHER, createdAt: NOW },
] as const;
export const version = mostly<(typeof VERSIONS)[number]>(
  fc.constant(VERSIONS[0]),
  fc.constantFrom(...VERSIONS),
);

const publication = fc
  .record({
    secret: secretRef,
    version,
    slot: mostly(fc.constant('Key1' as const), fc.constant('Key2' as const)),
  })
  .map(({ version: { id: versionId, createdAt, fingerprint }, ...rest }) => {
    return { ...rest, versionId, createdAt, fingerprint };
  });

const candidate = fc.record({
  slot: mostly(fc.constant('Key2' as const), fc.constant('Key1' as const)),
  fingerprint: mostly(fc.constant(K2), fingerprint),
  since: past,
  verified: fc.boolean(),
});

const stale = mostly(
  fc.constant({ slot: 'Key2' as const, fingerprint: K2 }),
  fc.record({ slot, fingerprint }),
);

const intent = fc.record({
  kind: fc.constantFrom('regenerate', 'publish'),
  slot,
  fingerprint,
  at: past,
  quarantineBefore: fc.constantFrom(0, NOW + MINUTE),
});

const quarantineEnd = mostly(fc.constant(0), time);

/** A record in `phase`; `sound` ones hold what their phase cannot be without. */
function recordIn(phase: Phase, sound: boolean): fc.Arbitrary<RotationRecord> {
  const needed = <T>(value: fc.Arbitrary<T>, phases: Phase[]) => {
    if (!phases.includes(phase)) return sound ? fc.constant(null) : fc.option(value);
    return sound ? value : maybe(value);
  };
  const busy: Phase[] = ['regeneratingStandby', 'overlap', 'regeneratingStale'];
  return fc.record({
    accountId: fc.constant(ACCOUNT_ID),
    phase: fc.constant(phase),
    rotation: phase === 'idle' ? fc.constant(null) : rotation,
    active: busy.includes(phase) && sound ? publication : maybe(publication),
    stale:
      phase === 'verifying' ? fc.option(stale) : needed(stale, ['overlap', 'regeneratingStale']),
    candidate: needed(candidate, ['verifying', 'publishing']),
    intent: fc.option(intent),
    quarantine: fc.record({ Key1: quarantineEnd, Key2: quarantineEnd, vault: quarantineEnd }),
    announcedAt: maybe(past),
    retireAt: maybe(time),
    retiredAt: phase === 'regeneratingStale' ? fc.option(past) : fc.constant(null),
    switching: fc.constant(null),
    reminders: fc.nat(3),
    superseded: mostly(fc.constant<string[]>([]), fc.subarray(['v1', 'v2'])),
    setbacks: fc.nat(9),
    notBefore: mostly(fc.constant(0), time),
    trouble: mostly<RotationRecord['trouble']>(
      fc.constant(null),
      fc.record({ message: fc.constant('ARM: 403'), retriable: fc.boolean() }),
      fc.record({
        message: fc.constant('Event Grid: 403'),
        retriable: fc.boolean(),
        telling: fc.constant(true),
      }),
    ),
    reported: fc.constantFrom(
      null,
      'CallFailed',
      'Held',
      'WindowClosed',
      'AcknowledgementMissing',
      'VerificationOverdue',
      reportedCut(NOW),
    ),
    claim: mostly<RotationRecord['claim']>(
      fc.constant(null),
      fc.record({ worker: fc.constantFrom('me', 'another'), until: time }),
    ),
    lastRotation: fc.option(
      fc.record({
        id: fc.constant('r0'),
        cause: fc.constantFrom(...CAUSES),
        startedAt: past,
        closedAt: past,
        confirmedDead: fc.boolean(),
      }),
    ),
  });
}

/** The stale key is always in the slot that is not active. */
function consistent(record: RotationRecord): RotationRecord {
  const { active, stale } = record;
  return active && stale
    ? { ...record, stale: { ...stale, slot: otherSlot(active.slot) } }
    : record;
}

/** A record in any phase, a fresh one, or none. */
export function anyRecord(sound: boolean): fc.Arbitrary<RotationRecord | null> {
  const phases: Phase[] = [
    'idle',
    'regeneratingStandby',
    'verifying',
    'publishing',
    'overlap',
    'regeneratingStale',
  ];
  return mostly<RotationRecord | null>(
    fc
      .oneof(...phases.map((phase) => recordIn(phase, sound)))
      .map((record) => (sound ? consistent(record) : record)),
    fc.constantFrom(null, freshRecord(ACCOUNT_ID, 0), freshRecord(ACCOUNT_ID, NOW + QUARANTINE)),
  );
}
