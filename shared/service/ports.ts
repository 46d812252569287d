/**
 * What the service needs from the outside world. Duties common to all ports: every call ends within
 * the call time-out of {@link Timing}, throws {@link Failure} and nothing else, and never puts a key
 * or a token into a failure, a log line or an answer other than {@link Key}.
 */
import type { RotationEvent } from '../core/events.ts';
import type { Failure } from '../core/failures.ts';
import type { Account, SecretVersion } from '../core/observation.ts';
import type { SecretRef } from '../core/policy.ts';
import type { Reason } from '../core/reasons.ts';
import type { Fingerprint, Slot } from '../core/slots.ts';
import type { Key, KeyPair } from './key.ts';

/**
 * How an attempt to change something ended. Only `unknown` leaves a doubt whether the change
 * happened or still will; `notSent` and `refused` are definite.
 */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The deadline had passed before the request left this process. */
  | { readonly kind: 'notSent' }
  /** The service answered that it did not do it (4xx), or the request provably never left. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** Time-out, connection lost, 5xx: it may have happened, or may happen yet. */
  | { readonly kind: 'unknown'; readonly failure: Failure };

/** Wall-clock time in epoch milliseconds. Read once a pass, and by deadlines at the moment of sending. */
export interface Clock {
  now(): number;
}

/** AI services accounts, by ARM. */
export interface Accounts {
  /** Ids that the deployment names explicitly, lower-cased, whether or not ARM knows them. */
  readonly listedIds: readonly string[];
  /** Subscriptions in which accounts are discovered by their tag, lower-cased. */
  readonly subscriptionIds: readonly string[];
  /**
   * Accounts in a subscription that carry the tag `key-rotation`, streamed, each as often as ARM names
   * it.
   */
  discover(subscriptionId: string): AsyncIterable<Account>;
  /** Null when ARM does not know the account. `id` is lower-cased. */
  get(id: string): Promise<Account | null>;
  /** Both current keys. */
  listKeys(id: string): Promise<KeyPair>;
  /**
   * Regenerates one slot and answers with both keys. One request at most: no retry of any kind, and
   * none after `sendBy` (epoch ms).
   */
  regenerateKey(id: string, slot: Slot, sendBy: number): Promise<Outcome<KeyPair>>;
  /**
   * Switches key authentication off (`disableLocalAuth`), which takes a permission of its own. One
   * request at most, none after `sendBy` (epoch ms); doing it again changes nothing.
   */
  disableKeys(id: string, sendBy: number): Promise<Outcome<void>>;
}

/** The newest version of a secret with its value, if it is enabled. */
export type SecretReading =
  | { readonly state: 'absent' }
  | { readonly state: 'softDeleted' }
  | { readonly state: 'present'; readonly newest: SecretVersion; readonly value: Key | undefined };

/** What is written in one call when a key is published. */
export interface NewVersion {
  readonly value: Key;
  readonly tags: Readonly<Record<string, string>>;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Key Vault secrets. */
export interface Secrets {
  /** The newest version, never a cached one. */
  readNewest(ref: SecretRef): Promise<SecretReading>;
  /** One version's value; undefined when it is gone or disabled. */
  readVersion(ref: SecretRef, versionId: string): Promise<Key | undefined>;
  /** Sets a new version. One request that carries the value at most, none after `sendBy` (epoch ms). */
  publish(ref: SecretRef, version: NewVersion, sendBy: number): Promise<Outcome<SecretVersion>>;
  /** Adds tags to one version; other tags stay. */
  tag(ref: SecretRef, versionId: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /** Brings a soft-deleted secret back; returns when it can be read, or fails as retriable. */
  recover(ref: SecretRef): Promise<void>;
  /**
   * Disables enabled versions that are older than `before` (epoch ms), carry the tag `account-id` =
   * `accountId`, and whose `fingerprint` tag is not in `live`. Whoever comes late with this touches
   * no version that was published since. Returns the ids that it disabled.
   */
  disableOlder(
    ref: SecretRef,
    before: number,
    accountId: string,
    live: readonly Fingerprint[],
  ): Promise<string[]>;
  /**
   * Disables every enabled version that carries the account's id and was there by `until` (epoch ms),
   * the newest included. A secret that is not there has none. Returns the ids that it disabled.
   */
  disableAll(ref: SecretRef, until: number, accountId: string): Promise<string[]>;
}

/** The Event Grid topic. */
export interface Events {
  /** Resolves when the topic accepted all events; the same ids may be sent again. */
  send(events: readonly RotationEvent[]): Promise<void>;
}

/** What the data plane says to a key. */
export type Verdict =
  /** The key works. */
  | 'accepted'
  /** 401: the key is not valid (yet, or any more). */
  | 'rejected'
  /** 403: a network rule shuts this service out; nothing is known about the key. */
  | 'forbidden'
  /** 403: the account takes no keys at all, whatever their value. */
  | 'keysDisabled'
  /** Throttled, unavailable, timed out. */
  | 'unknown';

/** The account's data plane. */
export interface Prober {
  /** Tries a key with the cheapest call that the account's kind offers. Never throws. */
  probe(account: Account, key: Key): Promise<Verdict>;
}

/** One line of telemetry: a step taken, a pass ended, a problem. Never carries a key. */
export interface TelemetryEntry {
  /** `debug`: a look that found nothing to do, of which a fleet makes hundreds a minute. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly name: 'step' | 'pass' | 'tick' | 'notice' | 'problem';
  readonly accountId: string | undefined;
  readonly reason: Reason | undefined;
  readonly message: string;
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Where the service says what it does. Must not throw. */
export interface Telemetry {
  record(entry: TelemetryEntry): void;
}

/** Unique ids for rotations, requests and workers. */
export interface Ids {
  next(): string;
}
