import type { Failure } from './failures.ts';
import type { RotationRequest, SecretVersion } from './observation.ts';
import type { SecretRef } from './policy.ts';
import type { Candidate, Cause, Publication, Rotation, RotationRecord } from './record.ts';
import { supersede } from './record.ts';
import { remindersDueBy } from './schedule.ts';
import { type Fingerprint, otherSlot, type Slot } from './slots.ts';
import type { Remind } from './steps.ts';
import { backoffMs, type Timing } from './timing.ts';
import type { Call } from './trouble.ts';

/**
 * How a record changes: one function for each arrow of the picture in `record.ts`. They are pure
 * and total; whether a change is allowed is for the rules to say.
 */

/** A record of an account that nothing is known about yet; `quarantineUntil` = 0 for no quarantine. */
export function freshRecord(accountId: string, quarantineUntil: number): RotationRecord {
  return {
    accountId,
    phase: 'idle',
    rotation: null,
    active: null,
    stale: null,
    candidate: null,
    intent: null,
    quarantine: { Key1: quarantineUntil, Key2: quarantineUntil, vault: quarantineUntil },
    announcedAt: null,
    retireAt: null,
    retiredAt: null,
    switching: null,
    reminders: 0,
    superseded: [],
    setbacks: 0,
    notBefore: 0,
    trouble: null,
    reported: null,
    claim: null,
    lastRotation: null,
  };
}

/** What a new rotation is about. */
export interface RotationStart {
  /** Serves unless the request brings an id of its own. */
  readonly freshId: string;
  readonly cause: Cause;
  readonly now: number;
  readonly secret: SecretRef;
  readonly overlapMs: number;
  readonly request?: RotationRequest | undefined;
}

/** A rotation as it begins. */
export function newRotation(start: RotationStart): Rotation {
  // One of these may take several rotations; any other is followed by its own id.
  const several = start.request?.kind === 'compromised' || start.request?.kind === 'keyless';
  const own = several ? undefined : start.request?.id;
  return {
    id: own ?? start.freshId,
    cause: start.cause,
    startedAt: start.now,
    actor: start.request?.actor ?? '',
    comment: start.request?.comment ?? '',
    requestId: start.request?.id ?? null,
    secret: start.secret,
    overlapMs: start.overlapMs,
  };
}

/** Progress: earlier failures and reports no longer count. */
function progressed(record: RotationRecord): RotationRecord {
  return { ...record, setbacks: 0, notBefore: 0, trouble: null, reported: null };
}

/** Before a regenerate: what is about to go, and a quarantine for the slot. */
export function intendRegenerate(
  record: RotationRecord,
  slot: Slot,
  fingerprint: Fingerprint,
  now: number,
  timing: Timing,
): RotationRecord {
  return {
    ...record,
    intent: {
      kind: 'regenerate',
      slot,
      fingerprint,
      at: now,
      quarantineBefore: runningAt(record.quarantine[slot], now),
    },
    quarantine: { ...record.quarantine, [slot]: now + timing.quarantineMs },
  };
}

/** Before a publish: what is about to be published, and a quarantine for the vault. */
export function intendPublish(
  record: RotationRecord,
  candidate: Candidate,
  now: number,
  timing: Timing,
): RotationRecord {
  return {
    ...record,
    phase: 'publishing',
    intent: {
      kind: 'publish',
      slot: candidate.slot,
      fingerprint: candidate.fingerprint,
      at: now,
      quarantineBefore: runningAt(record.quarantine.vault, now),
    },
    quarantine: { ...record.quarantine, vault: now + timing.quarantineMs },
  };
}

function runningAt(quarantineUntil: number, now: number): number {
  return now < quarantineUntil ? quarantineUntil : 0;
}

/**
 * A definite answer arrived: nothing of the intent is under way any more. What an earlier attempt
 * left in doubt (a drift heal publishes over it) stays in doubt.
 */
export function clearQuarantine(record: RotationRecord): RotationRecord {
  const { intent, quarantine } = record;
  if (!intent) return record;
  const place = intent.kind === 'publish' ? 'vault' : intent.slot;
  return {
    ...record,
    intent: null,
    quarantine: { ...quarantine, [place]: intent.quarantineBefore },
  };
}

/** A value on its way to being published: to be verified first. */
export function beginVerifying(
  record: RotationRecord,
  slot: Slot,
  fingerprint: Fingerprint,
  now: number,
): RotationRecord {
  return {
    ...progressed(record),
    phase: 'verifying',
    candidate: { slot, fingerprint, since: now, verified: false },
  };
}

/** A rotation that begins with a value that is already there: adoption, drift, rollback. */
export function beginWithCurrentValue(
  record: RotationRecord,
  rotation: Rotation,
  slot: Slot,
  fingerprint: Fingerprint,
): RotationRecord {
  const verifying = beginVerifying(record, slot, fingerprint, rotation.startedAt);
  return { ...verifying, rotation, intent: null };
}

/** The candidate is accepted by the data plane, or has settled where it cannot be tried. */
export function markVerified(record: RotationRecord): RotationRecord {
  if (!record.candidate) return record;
  return { ...progressed(record), candidate: { ...record.candidate, verified: true } };
}

/**
 * A publish was read back, or the vault was found to hold a version that is not the recorded one.
 * Where the stale key stays the same, what apps were told of its end stays a lower bound.
 */
export function enterOverlap(
  record: RotationRecord,
  rotation: Rotation,
  active: Publication,
  staleFingerprint: Fingerprint,
): RotationRecord {
  const sameStaleKey = record.stale?.fingerprint === staleFingerprint;
  return {
    ...progressed(record),
    phase: 'overlap',
    rotation,
    active,
    stale: { slot: otherSlot(active.slot), fingerprint: staleFingerprint },
    candidate: null,
    intent: null,
    announcedAt: null,
    retireAt: sameStaleKey ? record.retireAt : null,
    retiredAt: null,
    reminders: 0,
    superseded: supersede(record).filter((id) => id !== active.versionId),
  };
}

/** The publication that a version of the secret amounts to. */
export function publicationOf(
  secret: SecretRef,
  version: SecretVersion,
  slot: Slot,
  fingerprint: Fingerprint,
): Publication {
  return { secret, versionId: version.id, createdAt: version.createdAt, slot, fingerprint };
}

/**
 * The overlap's end if the announcement is accepted at `at`: never earlier than what was announced
 * or recorded before.
 */
export function retireAtAfter(record: RotationRecord, at: number): number {
  return Math.max(record.retireAt ?? 0, at + (record.rotation?.overlapMs ?? 0));
}

/**
 * Event Grid accepted the announcement at `at`; apps were told `validUntil`, or that a leak cuts the
 * overlap to end at `cutAt` (null without one).
 */
export function markAnnounced(
  record: RotationRecord,
  at: number,
  validUntil: number,
  cutAt: number | null,
): RotationRecord {
  const retireAt = Math.max(validUntil, retireAtAfter(record, at));
  const reported = cutAt === null ? null : reportedCut(cutAt);
  return { ...progressed(record), announcedAt: at, retireAt, reported };
}

/** What `reported` says when apps were told that a leak cuts the overlap to end at `cutAt`. */
export function reportedCut(cutAt: number): string {
  return `KeyCompromised:${cutAt}`;
}

/** A reminder was sent at `at`; it stands for all that were due by then. */
export function markReminded(
  record: RotationRecord,
  at: number,
  { retireAt, reason }: Pick<Remind, 'retireAt' | 'reason'>,
): RotationRecord {
  if (record.announcedAt === null) return record;
  const due = remindersDueBy(record.announcedAt, retireAt, at);
  const told = { ...record, setbacks: 0, notBefore: 0, trouble: null };
  return reason === 'KeyCompromised'
    ? { ...told, reminders: due, reported: reportedCut(retireAt) }
    : { ...told, reminders: Math.max(due, record.reminders + 1) };
}

/** The stale key is about to be, or has been, replaced. */
export function beginRetiring(record: RotationRecord): RotationRecord {
  return { ...progressed(record), phase: 'regeneratingStale' };
}

/** The stale key was seen to be gone at `at`. */
export function markRetired(record: RotationRecord, at: number): RotationRecord {
  return { ...progressed(record), phase: 'regeneratingStale', retiredAt: at };
}

/**
 * Back to the overlap that a rollback started from: its end stays what it was, and the rollback, with
 * its id, is the rotation that the end closes.
 */
export function abandonRollback(record: RotationRecord): RotationRecord {
  return { ...progressed(record), phase: 'overlap', candidate: null, intent: null };
}

/** The stale key is gone: the rotation is over. */
export function closeRotation(
  record: RotationRecord,
  now: number,
  confirmedDead: boolean,
): RotationRecord {
  const { rotation } = record;
  return {
    ...progressed(record),
    phase: 'idle',
    rotation: null,
    stale: null,
    candidate: null,
    intent: null,
    announcedAt: null,
    retireAt: null,
    retiredAt: null,
    reminders: 0,
    lastRotation: rotation && {
      id: rotation.id,
      cause: rotation.cause,
      startedAt: rotation.startedAt,
      closedAt: now,
      confirmedDead,
    },
  };
}

/**
 * Key authentication is switched off: nothing is published any more. Should somebody switch it on
 * again, the record follows what the vault says then.
 */
export function closeForGood(record: RotationRecord, now: number): RotationRecord {
  const closed = closeRotation(record, now, false);
  return { ...closed, active: null, superseded: supersede(record), switching: null };
}

/** Key authentication is about to be switched off, or was seen to be off, at `at`. */
export function markSwitching(
  record: RotationRecord,
  requestId: string,
  at: number,
  seen: boolean,
): RotationRecord {
  return { ...record, switching: { requestId, at, seen } };
}

/** The longest pause that a service may ask for. */
const LONGEST_PAUSE_MS = 24 * 3_600_000;

/** What is kept of a failure's message: it has to fit into a record beside everything else. */
const TROUBLE_CHARACTERS = 1_000;

/**
 * Something failed: wait longer each time, at least as long as the service asked for, up to a day.
 * `telling`: it was an event that could not be sent.
 */
export function markSetback(
  record: RotationRecord,
  now: number,
  timing: Timing,
  failure: Pick<Failure, 'message' | 'retriable' | 'retryAfterMs' | 'kind'>,
  { telling = false, call }: { telling?: boolean; call?: Call | undefined } = {},
): RotationRecord {
  const { message, retriable, retryAfterMs = 0, kind } = failure;
  const setbacks = record.setbacks + 1;
  const asked = Math.min(retryAfterMs, LONGEST_PAUSE_MS);
  const pauseMs = Math.ceil(Math.max(asked, backoffMs(setbacks, timing)));
  const trouble = {
    message: message.slice(0, TROUBLE_CHARACTERS),
    retriable,
    ...(telling && { telling }),
    ...(call && { failed: { call, kind, at: now } }),
  };
  return { ...record, setbacks, notBefore: now + pauseMs, trouble };
}
