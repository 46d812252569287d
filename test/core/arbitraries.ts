import fc from 'fast-check';
import { Failure, known, unknown } from '../../shared/core/failures.ts';
import {
  type Observation,
  REQUEST_KINDS,
  type RotationRequest,
  type ScopedHold,
  type SecretState,
} from '../../shared/core/observation.ts';
import type { Policy } from '../../shared/core/policy.ts';
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
  givenRequest,
  HOUR,
  K1,
  MINUTE,
  NOW,
} from './fixtures.ts';
import {
  anyRecord,
  fingerprint,
  keys,
  maybe,
  mostly,
  past,
  secretRef,
  slot,
  text,
  time,
  version,
} from './recordArbitraries.ts';

// The same observations at every run, so that a change is what makes a property fail; others with
// TWINKEY_TEST_SEED. A failure prints what replays it.
fc.configureGlobal({ seed: Number(process.env['TWINKEY_TEST_SEED'] ?? 20_260_301) });

/**
 * Observations as a hostile world would make them: any phase beside any state of the vault, with
 * times that crowd around now. Most are odd, and many are ordinary enough to get far.
 */

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
    kind: fc.constantFrom(...REQUEST_KINDS),
    createdAt: past,
    actor: text,
    comment: text,
    fingerprints: fc.uniqueArray(fingerprint, { maxLength: 2 }),
    overlapMs: fc.constantFrom(0, 5 * MINUTE, DAY),
    overrideHold: fc.boolean(),
    users: fc.constantFrom([], ['web'], ['web', 'mail']),
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
  scope: fc.constantFrom('account', 'all'),
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
      holds: mostly(fc.constant<ScopedHold[]>([]), fc.array(hold, { maxLength: 2 })),
      acknowledgements: fc.array(acknowledgement, { maxLength: 3 }),
      secretOwner: mostly(fc.constant(undefined), fc.constantFrom(ACCOUNT_ID, 'the-other')),
      publishedBefore: mostly(fc.constant(false), fc.boolean()),
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
  keylessAsAsked: (seen) => ({
    ...seen,
    account: known(givenAccount({ keyless: true })),
    requests: [...seen.requests, givenRequest('keyless')],
  }),
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

const withOrWithoutTrouble: fc.Arbitrary<Observation> = fc
  .tuple(
    observation(false),
    mostly<Trouble>(
      fc.constant((seen) => seen),
      fc.constantFrom(...Object.values(TROUBLES)),
    ),
  )
  .map(([seen, trouble]) => trouble(seen));

/** At rest, with nothing left to do but to switch keys off: chance alone hardly ever leads there. */
const readyForKeyless: fc.Arbitrary<Observation> = fc.constant(
  givenObservation({ requests: [givenRequest('keyless', { fingerprints: [DEAD] })] }),
);

/** Observations of any kind, about one in four with some trouble. */
export const anyObservation: fc.Arbitrary<Observation> = fc.oneof(
  { weight: 200, arbitrary: withOrWithoutTrouble },
  { weight: 1, arbitrary: readyForKeyless },
);
