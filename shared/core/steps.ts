import type { DelayReason, FailureReason } from './events/meanings.ts';
import type { Reason } from './reasons.ts';
import type { Rotation, RotationRecord } from './record.ts';
import type { Slot } from './slots.ts';

interface Explained<R extends Reason = Reason> {
  readonly reason: R;
  /** For people: what is happening and, where something is wrong, what to do. */
  readonly message: string;
}

/** Nothing to do before `until` (epoch ms). */
export interface Wait<R extends Reason = Reason> extends Explained<R> {
  readonly do: 'wait';
  readonly until: number;
  /** A person has something to mend. */
  readonly attention: boolean;
}

/** A change of the record alone: nothing outside is touched. */
export interface Note extends Explained {
  readonly do: 'note';
  readonly next: RotationRecord;
}

/** Write `intent`, look at the vault once more, then regenerate `slot`. */
export interface Regenerate extends Explained {
  readonly do: 'regenerate';
  readonly slot: Slot;
  readonly intent: RotationRecord;
}

/** Try the candidate on the data plane. */
export interface Verify extends Explained {
  readonly do: 'verify';
}

/** Write `intent`, then publish the candidate and read it back. */
export interface Publish extends Explained {
  readonly do: 'publish';
  readonly intent: RotationRecord;
}

/** Tell every app that the active key is in the vault. */
export interface Announce extends Explained {
  readonly do: 'announce';
  /** When a compromised request ends the overlap at the latest (epoch ms); null without one. */
  readonly endsBy: number | null;
}

/** Remind apps of the stale key's end. */
export interface Remind extends Explained<'ReminderDue' | 'KeyCompromised'> {
  readonly do: 'remind';
  /** The stale key's end, as it stands now (epoch ms). */
  readonly retireAt: number;
  /** A leak brought that end forward. */
  readonly isCut: boolean;
  /** Tells the reminders of one rotation apart; the same when one is sent again. */
  readonly discriminator: string;
  readonly missing: readonly string[];
}

/** Tell operators, once for each reason, that a rotation is held up or has failed for now. */
export type Report = ReportDelay | ReportFailure;

interface Reported {
  readonly do: 'report';
  /** The rotation that it is about; one that cannot start is not in the record yet. */
  readonly rotation: Rotation;
}

interface ReportDelay extends Reported, Explained<DelayReason> {
  readonly event: 'rotationDelayed';
}

interface ReportFailure extends Reported, Explained<FailureReason> {
  readonly event: 'rotationFailed';
}

/** Try the stale key's old value until it is refused, tidy up, and close the rotation. */
export interface ConfirmRetired extends Explained {
  readonly do: 'confirmRetired';
}

/** Bring a soft-deleted secret back. */
export interface RecoverSecret extends Explained {
  readonly do: 'recoverSecret';
}

/** Tag the newest version as managed by this deployment; `intent` first, where there is a record. */
export interface TagSecret extends Explained {
  readonly do: 'tagSecret';
  readonly versionId: string;
  readonly intent: RotationRecord | null;
}

/** Write `intent`, then switch key authentication off for the account. */
export interface DisableKeys extends Explained {
  readonly do: 'disableKeys';
  readonly intent: RotationRecord;
  readonly requestId: string;
  readonly actor: string;
}

/** Key authentication is off: disable every version of the secret, tell apps, close the request. */
export interface FinishKeyless extends Explained {
  readonly do: 'finishKeyless';
  /** What the last event is about; it takes its id from the request. */
  readonly rotation: Rotation;
}

/** Remove a request that is done or cannot be carried out. */
export interface CloseRequest extends Explained {
  readonly do: 'closeRequest';
  readonly requestId: string;
  readonly actor: string;
}

/** A step that does something. */
export type ActiveStep =
  | Note
  | Regenerate
  | Verify
  | Publish
  | Announce
  | Remind
  | Report
  | ConfirmRetired
  | RecoverSecret
  | TagSecret
  | CloseRequest
  | DisableKeys
  | FinishKeyless;

/** The one thing to do next for an account. */
export type Step = Wait | ActiveStep;
