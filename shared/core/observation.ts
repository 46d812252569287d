import type { Read } from './failures.ts';
import type { PolicyReading, SecretRef } from './policy.ts';
import type { RotationRecord } from './record.ts';
import type { Fingerprint, Slot } from './slots.ts';

/** What ARM says about an account. */
export interface Account {
  /** Resource id, lower-cased: the account's identity everywhere. */
  readonly id: string;
  /** Name as ARM spells it. */
  readonly name: string;
  readonly kind: string;
  readonly location: string;
  /** Data-plane endpoint without trailing slash. */
  readonly endpoint: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly provisioningState: string;
  /** `disableLocalAuth`: key authentication is switched off. */
  readonly keyless: boolean;
  /** True when the account accepts data-plane calls from selected networks only. */
  readonly networkRestricted: boolean;
  readonly customSubdomain: boolean;
}

/** The newest version of a secret. */
export interface SecretVersion {
  readonly id: string;
  /** Epoch ms; Key Vault stores whole seconds. */
  readonly createdAt: number;
  /** Epoch ms at which Key Vault considers the version expired. */
  readonly expiresAt: number | undefined;
  readonly enabled: boolean;
  /** Fingerprint of the value; undefined when the version is disabled, and so cannot be read. */
  readonly fingerprint: Fingerprint | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** What the vault says about a secret. */
export type SecretState =
  | { readonly state: 'absent' }
  | { readonly state: 'softDeleted' }
  | { readonly state: 'present'; readonly newest: SecretVersion };

/** What can be asked for, in the order in which it is answered. */
export const REQUEST_KINDS = ['compromised', 'rollback', 'keyless', 'manual'] as const;
/** One of {@link REQUEST_KINDS}. */
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** Something a person asked for; a row of its own, so that people never fight a worker's ETag. */
export interface RotationRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly createdAt: number;
  readonly actor: string;
  readonly comment: string;
  /** Compromised: the fingerprints that leaked; keyless: those that apps could have. */
  readonly fingerprints: readonly Fingerprint[];
  /** Compromised: the overlap that the operator grants, in ms. */
  readonly overlapMs: number;
  /** Compromised: whether to go on in spite of a hold. */
  readonly overrideHold: boolean;
  /** Keyless: who was known to use a key when somebody confirmed what it would break. */
  readonly users: readonly string[];
  /** Rollback: the rotation to undo. */
  readonly rotationId: string | null;
}

/** A freeze of regenerating, for one account or for all. */
export interface Hold {
  readonly actor: string;
  readonly comment: string;
  /** Epoch ms; null = until released. */
  readonly until: number | null;
}

/** A hold with whose it is: the account's own, or the one for all accounts. */
export interface ScopedHold extends Hold {
  readonly scope: 'account' | 'all';
}

/** An app's statement that it uses the key with this fingerprint. */
export interface Acknowledgement {
  readonly subscriber: string;
  readonly fingerprint: Fingerprint;
  readonly at: number;
}

/** Why a scheduled start is held back for the sake of the whole fleet. */
export const HELD_BACK_REASONS = ['FleetLimit', 'FleetBraked', 'RingWaiting'] as const;
/** One of {@link HELD_BACK_REASONS}. */
export type HeldBackReason = (typeof HELD_BACK_REASONS)[number];

/**
 * What the tick that sent a pass says about starts that nobody asked for: allowed until a time (epoch
 * ms), or held back and why. A hint that gates starts only: no key's safety rests on it.
 */
export type Admission =
  | { readonly until: number }
  | {
      readonly refused: HeldBackReason;
      readonly message: string;
      /** A person has something to mend. */
      readonly attention: boolean;
    };

/** Everything that is known about one account at one moment: the only input of a decision. */
export interface Observation {
  /** Epoch ms, read before the first of the reads below. */
  readonly now: number;
  readonly accountId: string;
  /** Identifies this deployment in the secret's `managed-by` tag. */
  readonly deployment: string;
  /** The worker that asks. */
  readonly worker: string;
  /** An id for a rotation, should one start now. */
  readonly freshRotationId: string;
  /** Undefined: this pass was not sent by a tick. */
  readonly admission: Admission | undefined;
  /** Whether the deployment lets key authentication be ended. */
  readonly keylessPermitted: boolean;
  /** Null: ARM does not know the account. */
  readonly account: Read<Account | null>;
  readonly policy: PolicyReading;
  readonly keys: Read<Readonly<Record<Slot, Fingerprint>>>;
  /** Where `secret` was read: the rotation's pinned place, else the policy's. */
  readonly secretRef: SecretRef | undefined;
  readonly secret: Read<SecretState>;
  /** The account that owns the secret's name in this deployment, when it is another one. */
  readonly secretOwner: string | undefined;
  /** Neither record nor secret is there, but a key of the account was published before: both were lost. */
  readonly publishedBefore: boolean;
  readonly record: Read<RotationRecord | null>;
  readonly requests: readonly RotationRequest[];
  readonly holds: readonly ScopedHold[];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** Names of the tags that Twinkey writes on a secret version. */
export const SECRET_TAGS = {
  activeSlot: 'active-slot',
  rotationId: 'rotation-id',
  fingerprint: 'fingerprint',
  publishedAt: 'published-at',
  accountId: 'account-id',
  managedBy: 'managed-by',
  /** Three tags of Microsoft's rotation samples, kept so that tools around those go on working. */
  credentialId: 'CredentialId',
  providerAddress: 'ProviderAddress',
  validityPeriodDays: 'ValidityPeriodDays',
} as const;

/** Key Vault takes tag values of up to 256 characters; resource ids can be a little longer. */
export const TAG_VALUE_CHARACTERS = 256;

/** An account's id as its secret carries it: the end of it, where the whole does not fit. */
export function accountTag(accountId: string): string {
  return accountId.slice(-TAG_VALUE_CHARACTERS);
}

/** The account that a version names as its own, as {@link accountTag} has it; undefined for none. */
export function ownerOf(tags: SecretVersion['tags']): string | undefined {
  return (tags[SECRET_TAGS.accountId] ?? tags[SECRET_TAGS.providerAddress])?.toLowerCase();
}

/** The slot whose current value is the secret's value; undefined when neither is. */
export function slotOf(
  keys: Readonly<Record<Slot, Fingerprint>>,
  fingerprint: Fingerprint | undefined,
): Slot | undefined {
  if (fingerprint === undefined) return undefined;
  if (keys.Key1 === fingerprint) return 'Key1';
  return keys.Key2 === fingerprint ? 'Key2' : undefined;
}

/** The holds in force at `now` (epoch ms), the one that lasts longest first. */
export function holdsInForce(holds: readonly ScopedHold[], now: number): ScopedHold[] {
  const endOf = ({ until }: Hold) => until ?? Number.POSITIVE_INFINITY;
  const inForce = holds.filter((hold) => now < endOf(hold));
  // Two without an end differ by NaN, which leaves them in order.
  return inForce.sort((a, b) => endOf(b) - endOf(a) || 0);
}

/** The hold in force at `now` that lasts longest, if any. */
export function holdInForce({ holds, now }: Observation): ScopedHold | undefined {
  return holdsInForce(holds, now)[0];
}

/** Listed subscribers that have not acknowledged the key with this fingerprint. */
export function missingSubscribers(
  subscribers: readonly string[],
  acknowledgements: readonly Acknowledgement[],
  fingerprint: Fingerprint,
): string[] {
  const done = new Set(
    acknowledgements.filter((ack) => ack.fingerprint === fingerprint).map((ack) => ack.subscriber),
  );
  return subscribers.filter((name) => !done.has(name));
}
