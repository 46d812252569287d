/** What the scheduler and people see of accounts, and how it is kept: duties as in `ports.ts`. */
import type { LastingTrouble, WorkedAt } from '../core/fleet/account.ts';
import type { BrakeState } from '../core/fleet/brakes.ts';
import type { Policy } from '../core/policy.ts';
import type { Reason } from '../core/reasons.ts';
import type { Cause, Phase } from '../core/record.ts';
import type { Fingerprint, Slot } from '../core/slots.ts';

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
  /** When outside calls last worked; what a pass writes holds those that it made itself. */
  readonly workedAt: WorkedAt;
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
  /**
   * Writes the status of a pass. What the scheduler remembers beside it stays, and when calls worked that
   * this pass did not make.
   */
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
  /** The account that was noted to use this secret, else the one that claimed it: a hint, and only that. */
  secretUser(secretUrl: string): Promise<string | undefined>;
  noteSecretUser(secretUrl: string, accountId: string): Promise<void>;
  /** What the scheduler remembers from its last run. */
  readTick(): Promise<Tick>;
  writeTick(tick: Tick): Promise<void>;
}
