/**
 * What the service needs from the outside world. Duties common to all ports: every call ends within
 * the call time-out of {@link Timing}, throws {@link Failure} and nothing else, and never puts a key
 * or a token into a failure, a log line or an answer other than {@link Key}.
 */
import type { RotationEvent } from '../core/events.ts';
import type { Failure } from '../core/failures.ts';
import type { LastingTrouble } from '../core/fleet/account.ts';
import type { BrakeState } from '../core/fleet/brakes.ts';
import type {
  Account,
  Acknowledgement,
  Admission,
  Hold,
  RotationRequest,
  ScopedHold,
  SecretVersion,
} from '../core/observation.ts';
import type { Policy, SecretRef } from '../core/policy.ts';
import type { QuotaPurpose } from '../core/quota.ts';
import type { Reason } from '../core/reasons.ts';
import type { Cause, Phase, RotationRecord } from '../core/record.ts';
import type { Fingerprint, Slot } from '../core/slots.ts';
import type { Call } from '../core/trouble.ts';
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

/** A line of an account's history, or of that of all accounts: append-only, never carries a key. */
export interface HistoryEntry {
  readonly at: number;
  readonly reason: Reason;
  readonly message: string;
  /** Null: of all accounts. */
  readonly phase: Phase | null;
  readonly rotationId: string | null;
  /** The request that this is about, or that its rotation answers. */
  readonly requestId: string | null;
  /** Why the rotation runs. */
  readonly cause: Cause | null;
  readonly slot: Slot | null;
  readonly fingerprint: Fingerprint | null;
  /** Who asked: a person's or app's name, or the deployment. */
  readonly actor: string;
  /** `done`, `refused`, `unknown` for calls; `noted` for decisions. */
  readonly outcome: 'done' | 'refused' | 'unknown' | 'noted';
  /** How long the step took. */
  readonly durationMs: number;
}

/** What is left of a request for good: who asked for what, so that a repetition is known as one. */
export interface Receipt extends Pick<RotationRequest, 'id' | 'kind' | 'actor' | 'comment'> {
  /** Epoch ms. */
  readonly createdAt: number;
  /** Digest of what was asked: the same id with another digest is another request by mistake. */
  readonly digest: string;
}

/** A record as stored; `etag` names this very state of it. */
export interface StoredRecord {
  readonly record: RotationRecord;
  readonly etag: string;
}

/** Everything that is stored about one account, read in one go. */
export interface AccountRows {
  readonly stored: StoredRecord | null;
  readonly requests: readonly RotationRequest[];
  /** The account's own hold and the one for all, as far as set. */
  readonly holds: readonly ScopedHold[];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** Records and what belongs to them, one partition for each account. */
export interface Records {
  /** Throws a `Failure` of kind `invalid` when the record is there but unreadable. */
  read(accountId: string): Promise<AccountRows>;
  /** The same without the hold for all accounts, which is stored elsewhere. */
  readOwn(accountId: string): Promise<AccountRows>;
  /**
   * Writes the record and appends history, both or neither, if the stored state is still the one
   * that `etag` names (null: there is no record). Returns the new etag, or undefined when another
   * writer was first. An own write that landed although its answer was lost counts as written.
   */
  write(
    record: RotationRecord,
    etag: string | null,
    history: readonly HistoryEntry[],
  ): Promise<string | undefined>;
  /**
   * Adds a request and its receipt, both or neither; adding the same id again changes nothing, even
   * after the request was removed. Returns the receipt of the first that came with this id.
   */
  addRequest(accountId: string, request: RotationRequest, digest?: string): Promise<Receipt>;
  /** Removes a request; removing it again changes nothing. Its receipt stays. */
  removeRequest(accountId: string, requestId: string): Promise<void>;
  /** Removes a request that is not to be carried out, and its receipt: as if it had never come. */
  withdrawRequest(accountId: string, requestId: string): Promise<void>;
  /** The receipt of a request; null when there never was one. */
  readReceipt(accountId: string, requestId: string): Promise<Receipt | null>;
  /** Sets or (null) releases the hold of one account, or (accountId null) the one for all. */
  setHold(accountId: string | null, hold: Hold | null): Promise<void>;
  /** The hold of one account, or (accountId null) the one for all, be it over or not. */
  readHold(accountId: string | null): Promise<Hold | null>;
  /** The holds of all accounts that have one of their own, be they over or not, by account id. */
  ownHolds(): Promise<ReadonlyMap<string, Hold>>;
  /** Adds an acknowledgement; adding the same again changes nothing. */
  acknowledge(accountId: string, acknowledgement: Acknowledgement): Promise<void>;
  /**
   * Appends a line to the history of one account, or (accountId null) to that of all accounts, apart
   * from the record: what people and apps did.
   */
  append(accountId: string | null, entry: HistoryEntry): Promise<void>;
  /**
   * Newest first, at most `limit`; `continuation` is what the previous page gave: for what no page gave
   * it throws a `Failure` of kind `notFound`.
   */
  history(
    accountId: string | null,
    limit: number,
    continuation?: string,
  ): Promise<{ entries: HistoryEntry[]; continuation: string | undefined }>;
}

/** What of an account's policy operators see. */
export interface StatusPolicy
  extends Pick<Policy, 'periodMs' | 'overlapMs' | 'ring' | 'acknowledgement' | 'subscribers'> {
  /** As written in the tag; null = any time. */
  readonly window: string | null;
}

/** What operators see of an account; a hint for the scheduler, never input of a decision. */
export interface AccountStatus {
  readonly accountId: string;
  readonly name: string;
  readonly kind: string;
  readonly phase: Phase | null;
  readonly cause: Cause | null;
  readonly rotationId: string | null;
  readonly activeSlot: Slot | null;
  readonly fingerprint: Fingerprint | null;
  /** When the active key was published, epoch ms. */
  readonly publishedAt: number | null;
  readonly staleFingerprint: Fingerprint | null;
  readonly retireAt: number | null;
  readonly secretUrl: string | null;
  /** The last closed rotation. */
  readonly lastRotationId: string | null;
  readonly reason: Reason;
  readonly message: string;
  /** True when a person has something to mend. */
  readonly attention: boolean;
  /** When the next pass is due, epoch ms. */
  readonly nextCheckAt: number;
  /** When the planner expects to do something, epoch ms; null when that was never said. */
  readonly nextStepAt: number | null;
  /** When the active key's rotation is due, epoch ms; null while there is none, or one is under way. */
  readonly dueAt: number | null;
  /** What is out of order for the time being. */
  readonly trouble: LastingTrouble | null;
  /** The outside calls that the last pass showed to work. */
  readonly worked: readonly Call[];
  /** When the last pass looked, epoch ms. */
  readonly lookedAt: number;
  /** Null while it cannot be read. */
  readonly policy: StatusPolicy | null;
  /** Listed subscribers that had not acknowledged the active key. */
  readonly missingSubscribers: readonly string[];
  readonly keyless: boolean | null;
  readonly networkRestricted: boolean | null;
  readonly customSubdomain: boolean | null;
  readonly updatedAt: number;
}

/** A brake's state as stored; `etag` names this very state of it. */
export interface StoredBrake {
  readonly state: BrakeState;
  readonly etag: string;
}

/** The scheduler's own memory, epoch ms; null before the first time. */
export interface Tick {
  /** When the last tick ended. */
  readonly at: number | null;
  /** When accounts were last looked for. */
  readonly discoveredAt: number | null;
  /** Subscriptions in which that failed. */
  readonly missed: readonly string[];
}

/** What the scheduler remembers of one account, beside the status of its last pass. Times in epoch ms. */
export interface ScheduledAccount {
  readonly accountId: string;
  /** Null: no pass has looked at it yet. */
  readonly status: AccountStatus | null;
  readonly nextCheckAt: number;
  /** As {@link FleetAccount.admittedUntil}. */
  readonly admittedUntil: number;
  /** As {@link FleetAccount.asked}. */
  readonly asked: boolean;
}

/** A change of what the scheduler remembers of an account; what is not there stays as it is. */
export interface ScheduleChange {
  readonly accountId: string;
  readonly nextCheckAt: number;
  readonly admittedUntil?: number;
  /** What discovery saw of it; null: it is not found any more. */
  readonly seen?: string | null;
}

/** One row for each account of the deployment. */
export interface Statuses {
  /** Writes the status of a pass. What the scheduler remembers beside it stays. */
  put(status: AccountStatus): Promise<void>;
  get(accountId: string): Promise<AccountStatus | null>;
  /** All accounts, streamed. */
  list(): AsyncIterable<AccountStatus>;
  /**
   * Changes nothing but when the account's next pass is due (epoch ms), if it has a status. `asked`: a
   * person waits for it.
   */
  setNextCheck(accountId: string, at: number, asked?: 'asked'): Promise<void>;
  /**
   * The accounts whose next check is due at `now` (epoch ms), and those that matter to the scheduler
   * although they are not: {@link isWatched}, or admitted beyond now. Streamed.
   */
  scheduled(now: number): AsyncIterable<ScheduledAccount>;
  /** All changes of up to 100 accounts of a subscription at once; makes the row of a new account. */
  schedule(changes: readonly ScheduleChange[]): Promise<void>;
  /** What discovery last saw of the subscription's accounts, those without a status included. Streamed. */
  seenIn(subscriptionId: string): AsyncIterable<{ accountId: string; seen: string | null }>;
  /** The accounts that a pass looked at since `time` (epoch ms). Streamed. */
  lookedAtSince(time: number): AsyncIterable<AccountStatus>;
  /** Takes the right to admit until `until` (epoch ms), unless another tick has it at `now`. */
  claimTick(now: number, until: number): Promise<boolean>;
  /** Gives the right that was taken until `until` back; another's, taken since, stays. */
  releaseTick(until: number): Promise<void>;
  /** What is remembered of brakes. */
  brakes(): Promise<StoredBrake[]>;
  /** Writes a state if the stored one is still the one that `etag` names (null: there is none). */
  writeBrake(state: BrakeState, etag: string | null): Promise<boolean>;
  /**
   * The account that owns this secret in the deployment: the first that asked, until it is seen to
   * use another secret or to be gone.
   */
  claimSecret(secretUrl: string, accountId: string): Promise<string>;
  /** What {@link Statuses.claimSecret} would answer, without claiming anything. */
  secretOwner(secretUrl: string, accountId: string): Promise<string>;
  /** What the scheduler remembers from its last run. */
  readTick(): Promise<Tick>;
  writeTick(tick: Tick): Promise<void>;
}

/** A pass to be carried out. */
export interface PassMessage {
  readonly accountId: string;
  /** What the tick said about starts; not there where something else brought the pass about. */
  readonly start?: Admission;
}

/** Where passes are put for workers to carry out. */
export interface PassQueue {
  /** Puts these messages; none of them may be lost in silence. */
  enqueue(messages: readonly PassMessage[]): Promise<void>;
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

/** What a pass's calls are counted for. */
export interface PassPlace {
  readonly subscriptionId: string;
  readonly vaultUrl: string;
}

/** What is left of Azure's limits, as far as this instance can tell. */
export interface Quota {
  /**
   * Resolves when there is room for the calls of a pass, after a short wait at most. Throws a `Failure` of
   * kind `throttled` that says when to come back. A pass that could `start` a rotation leaves room to those
   * that `finish` one; with `call` it is about the next call alone.
   */
  admit(place: PassPlace, purpose: QuotaPurpose): Promise<void>;
  /** How far these accounts' passes should be put off (ms, in the same order) for the limits to bear them. */
  delaysMs(accountIds: readonly string[]): number[];
}

/** A message on the queue of passes that nobody sees before its time. */
export interface LaterPass {
  readonly message: PassMessage;
  readonly delayMs: number;
}

/** Puts passes off by less than it takes until they are looked for again. */
export interface LaterPasses {
  /** Resolves when all are on the queue. */
  put(passes: readonly LaterPass[]): Promise<void>;
}

/** Unique ids for rotations, requests and workers. */
export interface Ids {
  next(): string;
}
