import { Failure, known, type Read, unknown } from '../../shared/core/failures.ts';
import type {
  Account,
  Observation,
  RotationRequest,
  ScopedHold,
  SecretState,
  SecretVersion,
} from '../../shared/core/observation.ts';
import { planNextStep } from '../../shared/core/planner.ts';
import type { Policy, PolicyReading } from '../../shared/core/policy.ts';
import type { Phase, Publication, Rotation, RotationRecord } from '../../shared/core/record.ts';
import type { Fingerprint, Slot } from '../../shared/core/slots.ts';
import type { Step } from '../../shared/core/steps.ts';
import { DEFAULT_TIMING } from '../../shared/core/timing.ts';
import { freshRecord } from '../../shared/core/transitions.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The present of every fixture: a Wednesday noon. Tests know no other clock. */
export const NOW = Date.UTC(2026, 3, 15, 12);
export const TIMING = DEFAULT_TIMING;
export const QUARANTINE = TIMING.quarantineMs;
export const CHECK = TIMING.checkIntervalMs;

export const ACCOUNT_ID =
  '/subscriptions/s/resourcegroups/g/providers/microsoft.cognitiveservices/accounts/acme';
export const DEPLOYMENT = 'twinkey-test';
export const SECRET = { vaultUrl: 'https://acme.vault.azure.net', name: 'acme-key' };

/** Fingerprints: of the current keys, which the record calls active and standby (or stale), and others. */
export const K1 = '111111111111';
export const K2 = '222222222222';
export const OTHER = 'eeeeeeeeeeee';
export const DEAD = 'dddddddddddd';

export function givenAccount(overrides: Partial<Account> = {}): Account {
  return {
    id: ACCOUNT_ID,
    name: 'acme',
    kind: 'TextAnalytics',
    location: 'westeurope',
    endpoint: 'https://acme.cognitiveservices.azure.com',
    tags: {},
    provisioningState: 'Succeeded',
    keyless: false,
    networkRestricted: false,
    customSubdomain: true,
    ...overrides,
  };
}

export function givenPolicy(overrides: Partial<Policy> = {}): Policy {
  return {
    enabled: true,
    periodMs: 30 * DAY,
    overlapMs: 2 * DAY,
    window: undefined,
    secret: SECRET,
    subscribers: [],
    ring: 5,
    acknowledgement: 'advisory',
    acknowledgementLimitMs: 7 * DAY,
    ...overrides,
  };
}

/** A version that this deployment published: Key1, ten days ago. */
export function givenVersion(overrides: Partial<SecretVersion> = {}): SecretVersion {
  return {
    id: 'v1',
    createdAt: NOW - 10 * DAY,
    expiresAt: NOW + 22 * DAY,
    enabled: true,
    fingerprint: K1,
    tags: { 'active-slot': 'Key1', 'account-id': ACCOUNT_ID, 'managed-by': DEPLOYMENT },
    ...overrides,
  };
}

export function givenSecret(overrides: Partial<SecretVersion> = {}): SecretState {
  return { state: 'present', newest: givenVersion(overrides) };
}

export function givenPublication(overrides: Partial<Publication> = {}): Publication {
  return {
    secret: SECRET,
    versionId: 'v1',
    createdAt: NOW - 10 * DAY,
    slot: 'Key1',
    fingerprint: K1,
    ...overrides,
  };
}

export function givenRotation(overrides: Partial<Rotation> = {}): Rotation {
  return {
    id: 'r1',
    cause: 'schedule',
    startedAt: NOW - 2 * DAY,
    actor: '',
    comment: '',
    requestId: null,
    secret: SECRET,
    overlapMs: 2 * DAY,
    ...overrides,
  };
}

const BY_PHASE: Record<Phase, Partial<RotationRecord>> = {
  idle: {},
  regeneratingStandby: {
    rotation: givenRotation(),
    intent: givenIntent('regenerate', { at: NOW - HOUR }),
  },
  verifying: {
    rotation: givenRotation(),
    candidate: { slot: 'Key2', fingerprint: K2, since: NOW - MINUTE, verified: false },
  },
  publishing: {
    rotation: givenRotation(),
    candidate: { slot: 'Key2', fingerprint: K2, since: NOW - HOUR, verified: true },
    intent: givenIntent('publish', { at: NOW - HOUR }),
  },
  overlap: {
    rotation: givenRotation(),
    stale: { slot: 'Key2', fingerprint: K2 },
    announcedAt: NOW - DAY,
    retireAt: NOW + DAY,
    reminders: 1,
  },
  regeneratingStale: {
    rotation: givenRotation(),
    stale: { slot: 'Key2', fingerprint: K2 },
    announcedAt: NOW - 3 * DAY,
    retireAt: NOW - DAY,
    reminders: 2,
  },
};

/** The record of an account whose active key is Key1, in a plain state of `phase`. */
export function givenRecord(
  phase: Phase = 'idle',
  overrides: Partial<RotationRecord> = {},
): RotationRecord {
  return {
    ...freshRecord(ACCOUNT_ID, 0),
    active: givenPublication(),
    ...BY_PHASE[phase],
    phase,
    ...overrides,
  };
}

/** A change of Key2 (or the publish of it) that is about to happen. */
export function givenIntent(
  kind: 'regenerate' | 'publish',
  overrides: Partial<NonNullable<RotationRecord['intent']>> = {},
): NonNullable<RotationRecord['intent']> {
  return { kind, slot: 'Key2', fingerprint: K2, at: NOW, quarantineBefore: 0, ...overrides };
}

/** Quarantines: none but those named. */
export function givenQuarantine(
  overrides: Partial<RotationRecord['quarantine']> = {},
): RotationRecord['quarantine'] {
  return { Key1: 0, Key2: 0, vault: 0, ...overrides };
}

export function givenRequest(
  kind: RotationRequest['kind'],
  overrides: Partial<RotationRequest> = {},
): RotationRequest {
  return {
    id: `${kind}-1`,
    kind,
    createdAt: NOW - MINUTE,
    actor: 'Ada',
    comment: 'because',
    fingerprints: [],
    overlapMs: 5 * MINUTE,
    overrideHold: false,
    users: [],
    rotationId: null,
    ...overrides,
  };
}

export function givenHold(overrides: Partial<ScopedHold> = {}): ScopedHold {
  return { scope: 'account', actor: 'Grace', comment: 'release week', until: null, ...overrides };
}

/** What a test says of an observation; reads that it gives as plain values succeed. */
export interface Given
  extends Partial<Omit<Observation, 'account' | 'policy' | 'keys' | 'secret' | 'record'>> {
  readonly account?: Account | null;
  readonly policy?: Partial<Policy>;
  readonly policyReading?: PolicyReading;
  readonly keys?: Readonly<Record<Slot, Fingerprint>>;
  readonly secret?: SecretState;
  readonly record?: RotationRecord | null;
  /** Reads that failed. */
  readonly unreadable?: readonly ('account' | 'keys' | 'secret' | 'record')[];
}

/** An idle account with nothing to do, except for what the test says. */
export function givenObservation(given: Given = {}): Observation {
  const { account, policy, policyReading, keys, secret, record, unreadable = [], ...rest } = given;
  const read = <T>(name: 'account' | 'keys' | 'secret' | 'record', value: T): Read<T> =>
    unreadable.includes(name) ? unknown(new Failure('unavailable', `${name}: 503`)) : known(value);
  return {
    now: NOW,
    accountId: ACCOUNT_ID,
    deployment: DEPLOYMENT,
    worker: 'me',
    freshRotationId: 'fresh',
    admission: { until: Number.MAX_SAFE_INTEGER },
    keylessPermitted: true,
    secretRef: SECRET,
    secretOwner: undefined,
    publishedBefore: false,
    requests: [],
    holds: [],
    acknowledgements: [],
    ...rest,
    account: read('account', account === undefined ? givenAccount() : account),
    policy: policyReading ?? { ok: true, policy: givenPolicy(policy) },
    keys: read('keys', keys ?? { Key1: K1, Key2: K2 }),
    secret: read('secret', secret ?? givenSecret()),
    record: read('record', record === undefined ? givenRecord() : record),
  };
}

/** The next step for an observation, by the default time limits. */
export function plan(given: Given = {}): Step {
  return planNextStep(givenObservation(given), TIMING);
}

/** Milliseconds around a boundary: the comparison has to turn exactly there. */
export const JUST_BEFORE = -1;
export const AT = 0;
export const JUST_AFTER = 1;
