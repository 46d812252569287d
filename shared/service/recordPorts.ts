/** What the service keeps of each account, and how: duties as in `ports.ts`. */
import type { Acknowledgement, Hold, RotationRequest, ScopedHold } from '../core/observation.ts';
import type { Reason } from '../core/reasons.ts';
import type { Cause, Phase, RotationRecord } from '../core/record.ts';
import type { Fingerprint, Slot } from '../core/slots.ts';

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
