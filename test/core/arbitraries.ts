import fc from 'fast-check';
import { Failure, known, unknown } from '../../shared/core/failures.ts';
import type {
  Hold,
  Observation,
  RotationRequest,
  SecretState,
} from '../../shared/core/observation.ts';
import type { Policy } from '../../shared/core/policy.ts';
import { CAUSES, type Phase, type RotationRecord } from '../../shared/core/record.ts';
import { otherSlot } from '../../shared/core/slots.ts';
import { freshRecord } from '../../shared/core/transitions.ts';
import { parseWindow } from '../../shared/core/window.ts';
import {
  ACCOUNT_ID,
  DAY,
  DEAD,
  DEPLOYMENT,
  givenAccount,
  givenObservation,
  givenPolicy,
  HOUR,
  K1,
  K2,
  MINUTE,
  NOW,
  OTHER,
  QUARANTINE,
  SECRET,
} from './fixtures.ts';

/**
 * Observations as a hostile world would make them: any phase beside any state of the vault, with
 * times that crowd around now. Most are odd, and many are ordinary enough to get far.
 */

const ELSEWHERE = { vaultUrl: 'https://other.vault.azure.net', name: 'acme-key' };

/** Mostly `usual`, now and then something else. */
function mostly<T>(usual: fc.Arbitrary<T>, ...unusual: fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof(
    { arbitrary: usual, weight: 6 * unusual.length },
    ...unusual.map((arbitrary) => ({ arbitrary, weight: 1 })),
  );
}

/** Mostly `value`, now and then null. */
function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return mostly<T | null>(value, fc.constant(null));
}

/** Epoch ms, crowding around now and around the lengths that rules know. */
const time = fc
  .tuple(
    fc.constantFrom(0, MINUTE, QUARANTINE, HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 40 * DAY),
    fc.constantFrom(-1, 1),
    fc.integer({ min: -2, max: 2 }),
  )
  .map(([length, sign, shift]) => NOW + sign * length + shift);
const past = time.map((at) => Math.min(at, 2 * NOW - at));
const slot = fc.constantFrom('Key1', 'Key2');
const fingerprint = fc.constantFrom(K1, K2, OTHER, DEAD);
const text = fc.constantFrom('', 'someone');

/** Distinct values: ARM never gives both slots the same. */
const keys = mostly(
  fc.constant({ Key1: K1, Key2: K2 }),
  fc
    .shuffledSubarray([K1, K2, OTHER, DEAD], { minLength: 2, maxLength: 2 })
    .map(([Key1 = K1, Key2 = K2]) => ({ Key1, Key2 })),
);

const secretRef = mostly(fc.constant(SECRET), fc.constant(ELSEWHERE));

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
const version = mostly<(typeof VERSIONS)[number]>(
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
    reminders: fc.nat(3),
    superseded: mostly(fc.constant<string[]>([]), fc.subarray(['v1', 'v2'])),
    setbacks: fc.nat(9),
    notBefore: mostly(fc.constant(0), time),
    reported: fc.constantFrom(
      null,
      'Held',
      'WindowClosed',
      'AcknowledgementMissing',
      'VerificationOverdue',
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
function anyRecord(sound: boolean): fc.Arbitrary<RotationRecord | null> {
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

const ownTags = fc.record({
  'active-slot': slot,
  'account-id': fc.constant(ACCOUNT_ID),
  'managed-by': fc.constant(DEPLOYMENT),
  'rotation-id': fc.constantFrom('r1', 'r9'),
});
const otherTags = fc.constantFrom<Record<string, string>>(
  {},
  { CredentialId: 'key2', ProviderAddress: ACCOUNT_ID.toUpperCase() },
);
const foreignTags = fc.constantFrom<Record<string, string>>(
  { 'account-id': 'the-other' },
  { 'managed-by': 'elsewhere' },
);

function secretState(ours: boolean): fc.Arbitrary<SecretState> {
  const tags = mostly<Record<string, string>>(ownTags, otherTags, ...(ours ? [] : [foreignTags]));
  const newest = fc
    .record({
      version,
      expiresAt: fc.option(time, { nil: undefined }),
      enabled: ours ? fc.constant(true) : mostly(fc.constant(true), fc.constant(false)),
      tags,
    })
    .map(({ version: { fingerprint: value, ...rest }, ...others }) => {
      return { ...rest, ...others, fingerprint: others.enabled ? value : undefined };
    });
  return mostly<SecretState>(
    newest.map((value) => ({ state: 'present', newest: value })),
    fc.constantFrom<SecretState>({ state: 'absent' }, { state: 'softDeleted' }),
  );
}

const request: fc.Arbitrary<RotationRequest> = fc
  .record({
    kind: fc.constantFrom('compromised', 'rollback', 'manual', 'nearExpiry'),
    createdAt: past,
    actor: text,
    comment: text,
    fingerprints: fc.uniqueArray(fingerprint, { maxLength: 2 }),
    overlapMs: fc.constantFrom(0, 5 * MINUTE, DAY),
    overrideHold: fc.boolean(),
    rotationId: fc.constantFrom(null, 'r1', 'r2'),
  })
  .map((fields) => ({ ...fields, id: `${fields.kind}-1` }));

const policy: fc.Arbitrary<Policy> = fc
  .record({
    periodMs: fc.constantFrom(3 * DAY, 30 * DAY),
    overlapMs: fc.constantFrom(HOUR, 2 * DAY),
    window: mostly(
      fc.constant(undefined),
      fc
        .constantFrom(
          'Mon-Fri 08:00-16:00 Europe/Berlin',
          '22:00-02:00',
          'Sun 02:30-03:00 Europe/Berlin',
        )
        .map(parseWindow),
    ),
    secret: secretRef,
    subscribers: fc.subarray(['web', 'batch']),
    acknowledgement: fc.constantFrom('advisory', 'required'),
    acknowledgementLimitMs: fc.constantFrom(DAY, 7 * DAY),
  })
  .map((fields) => givenPolicy(fields));

const hold = fc.record({
  actor: text,
  comment: text,
  until: maybe(time),
});
const acknowledgement = fc.record({
  subscriber: fc.constantFrom('web', 'batch', 'stranger'),
  fingerprint,
  at: past,
});

/** `healthy`: everything can be read, the account and the secret are ours, holds end. */
function observation(healthy: boolean): fc.Arbitrary<Observation> {
  return fc
    .record({
      keys,
      policy,
      record: anyRecord(healthy),
      secret: secretState(healthy),
      requests: mostly(
        fc.constant<RotationRequest[]>([]),
        fc.uniqueArray(request, { selector: ({ id }) => id, maxLength: 3 }),
      ),
      holds: mostly(fc.constant<Hold[]>([]), fc.array(hold, { maxLength: 2 })),
      acknowledgements: fc.array(acknowledgement, { maxLength: 3 }),
      secretOwner: mostly(fc.constant(undefined), fc.constantFrom(ACCOUNT_ID, 'the-other')),
    })
    .map(({ policy: value, holds, secretOwner, ...rest }) =>
      givenObservation({
        ...rest,
        policyReading: { ok: true, policy: value },
        secretRef: rest.record?.rotation?.secret ?? value.secret,
        holds: healthy ? holds.filter(({ until }) => until !== null) : holds,
        secretOwner: healthy ? undefined : secretOwner,
      }),
    );
}

/** Observations of a world in which everything can be read and mended without a person. */
export const healthyObservation = observation(true);

const FAILED = unknown(new Failure('unavailable', '503'));
type Trouble = (observation: Observation) => Observation;

/** Reasons to keep hands off an account, each of which has to do alone. */
export const TROUBLES: Record<string, Trouble> = {
  accountUnreadable: (seen) => ({ ...seen, account: FAILED }),
  keysUnreadable: (seen) => ({ ...seen, keys: FAILED }),
  secretUnreadable: (seen) => ({ ...seen, secret: FAILED }),
  recordUnreadable: (seen) => ({ ...seen, record: FAILED }),
  policyInvalid: (seen) => ({ ...seen, policy: { ok: false, problems: [] } }),
  excluded: (seen) => ({ ...seen, policy: { ok: true, policy: givenPolicy({ enabled: false }) } }),
  missing: (seen) => ({ ...seen, account: known(null) }),
  keyless: (seen) => ({ ...seen, account: known(givenAccount({ keyless: true })) }),
  notReady: (seen) => ({ ...seen, account: known(givenAccount({ provisioningState: 'Moving' })) }),
  claimed: (seen) => {
    const record = (seen.record.ok && seen.record.value) || freshRecord(ACCOUNT_ID, 0);
    const claim = { worker: 'another', until: seen.now + 1 };
    return { ...seen, record: known({ ...record, claim }) };
  },
  disabled: (seen) => withNewest(seen, { enabled: false, fingerprint: undefined }),
  anothers: (seen) => withNewest(seen, { tags: { 'account-id': 'the-other' } }),
  managedElsewhere: (seen) => withNewest(seen, { tags: { 'managed-by': 'elsewhere' } }),
  sharedName: (seen) => ({ ...seen, secretOwner: 'the-other' }),
};

function withNewest(seen: Observation, overrides: object): Observation {
  const version = {
    id: 'v1',
    createdAt: NOW - 31 * DAY,
    expiresAt: undefined,
    enabled: true,
    fingerprint: K1,
    tags: {},
  };
  return { ...seen, secret: known({ state: 'present', newest: { ...version, ...overrides } }) };
}

/** Observations of any kind, about one in four with some trouble. */
export const anyObservation: fc.Arbitrary<Observation> = fc
  .tuple(
    observation(false),
    mostly<Trouble>(
      fc.constant((seen) => seen),
      fc.constantFrom(...Object.values(TROUBLES)),
    ),
  )
  .map(([seen, trouble]) => trouble(seen));
