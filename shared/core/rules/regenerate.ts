import type { DelayReason, FailureReason } from '../events/meanings.ts';
import { type Facts, quarantinedUntil, wait, waitForPerson, waitForQuarantine } from '../facts.ts';
import type { RotationRequest } from '../observation.ts';
import type { Reason } from '../reasons.ts';
import type { Cause, Rotation, RotationRecord } from '../record.ts';
import { otherSlot, type Slot } from '../slots.ts';
import type { Step, Wait } from '../steps.ts';
import { intendRegenerate, newRotation } from '../transitions.ts';
import { nextOpen } from '../window.ts';
import { holdOverridden, leakedFingerprints, leakIsLive } from './compromise.ts';

/** A regeneration that the rules want. */
interface Wish {
  readonly reason: Reason;
  readonly message: string;
  readonly slot: Slot;
  /** The record that it starts from. */
  readonly from: RotationRecord;
}

/**
 * The only place that makes a regenerate step, and so the place of everything that forbids one: the
 * slot is the active one, a hold, a closed window, a quarantine, a pause after a failure.
 */
export function regenerateOrWait(facts: Facts, wish: Wish): Step {
  const { now, timing, keys, activeSlot } = facts;
  if (!activeSlot || wish.slot === activeSlot || wish.from.active?.slot === wish.slot) {
    // No rule asks for this; should one ever, no key is lost over it.
    const later = now + timing.checkIntervalMs;
    return waitForPerson('ObservationIncomplete', later, `a defect: ${wish.slot} is active`);
  }
  const held = heldUp(facts, wish.from.rotation);
  if (held) return held;
  for (const place of [wish.slot, 'vault'] as const) {
    const until = quarantinedUntil(facts, place);
    if (until !== undefined) return waitForQuarantine(place, until);
  }
  const troubled = pauseAfterTrouble(facts, wish.message, wish.from.rotation);
  if (troubled) return troubled;
  return {
    do: 'regenerate',
    reason: wish.reason,
    message: wish.message,
    slot: wish.slot,
    intent: intendRegenerate(wish.from, wish.slot, keys[wish.slot], now, timing),
  };
}

/** How to wait after a failure: people have to look at one that will not mend itself. */
export function pauseFor(trouble: RotationRecord['trouble']): typeof wait {
  return trouble?.retriable === false ? waitForPerson : wait;
}

/**
 * The pause after a call that failed, with what went wrong. Operators hear once of a failure that
 * will not mend itself; should that not be deliverable, the call is tried again all the same. An
 * event that could not be sent keeps no call from being tried.
 */
export function pauseAfterTrouble(
  facts: Facts,
  what: string,
  rotation: Rotation | null,
): Step | undefined {
  const { trouble, notBefore } = facts.record;
  if (trouble?.telling) return undefined;
  const message = `${what}, again after a pause: ${trouble?.message ?? 'it failed'}`;
  const pausing = pauseFor(trouble)('CallFailed', notBefore, message);
  if (facts.now < notBefore) return pausing;
  if (trouble?.retriable !== false) return undefined;
  const told = reportFailure(facts, pausing, rotation);
  return told.do === 'report' ? told : undefined;
}

/** A rotation that begins now, by the account's policy. */
export function rotationNow(facts: Facts, cause: StartCause, request?: RotationRequest): Rotation {
  return newRotation({
    freshId: facts.freshRotationId,
    cause,
    now: facts.now,
    secret: facts.secretRef,
    overlapMs: facts.policy.overlapMs,
    request,
  });
}

/** Starts a rotation: the standby key is regenerated, which nobody uses. */
export function startRotation(facts: Facts, cause: StartCause, request?: RotationRequest): Step {
  const from: RotationRecord = {
    ...facts.record,
    phase: 'regeneratingStandby',
    rotation: rotationNow(facts, cause, request),
    reported: null,
  };
  return regenerateStandby(facts, START_REASONS[cause], from);
}

/** Why a rotation starts, by its cause. */
export const START_REASONS: Readonly<Record<StartCause, Reason>> = {
  schedule: 'Due',
  manual: 'RotationRequested',
  compromised: 'KeyCompromised',
  keyless: 'KeylessRequested',
};
type StartCause = Extract<Cause, 'schedule' | 'manual' | 'compromised' | 'keyless'>;

/** Regenerates the standby key, for the first time or after an attempt that came to nothing. */
export function regenerateStandby(facts: Facts, reason: Reason, from: RotationRecord): Step {
  const slot = otherSlot(facts.activeSlot ?? 'Key1');
  const message = `regenerate ${slot}, which nobody uses (${from.rotation?.cause ?? 'schedule'})`;
  return regenerateOrWait(facts, { reason, slot, message, from });
}

/** A hold or a closed window, which `rotation` has to wait for. */
export function heldUp(facts: Facts, rotation: Rotation | null): Step | undefined {
  const gated = gateByHold(facts) ?? gateByWindow(facts);
  return gated && reportDelay(facts, gated, rotation);
}

function gateByHold(facts: Facts): Wait<'Held'> | undefined {
  const { hold, now, timing } = facts;
  if (!hold || holdOverridden(facts)) return undefined;
  const until = hold.until ?? now + timing.checkIntervalMs;
  const end = hold.until === null ? 'until released' : 'until its end';
  const whose = hold.scope === 'all' ? 'all accounts are held' : 'held';
  const message = `${whose} by ${hold.actor} ${end}: ${hold.comment}`;
  // Somebody has to choose between the hold and a key that others know.
  return leakIsLive(facts)
    ? waitForPerson('Held', until, `a leaked key stays valid, ${message}`)
    : wait('Held', until, message);
}

/** A leaked key does not wait for office hours. */
function gateByWindow(facts: Facts): Wait<'WindowClosed'> | undefined {
  const { policy, now } = facts;
  const leaked = leakedFingerprints(facts);
  if (leaked.has(facts.keys.Key1) || leaked.has(facts.keys.Key2)) return undefined;
  const opens = nextOpen(policy.window, now);
  if (opens === now) return undefined;
  return wait(
    'WindowClosed',
    opens,
    `the window ${policy.window?.text} is closed; it goes on when that opens`,
  );
}

/**
 * Operators hear once of what holds a rotation up, be it under way or, as `wanted`, kept from
 * starting; then it is waited for.
 */
export function reportDelay(
  facts: Facts,
  waiting: Wait<DelayReason>,
  wanted: Rotation | null,
): Step {
  const { reason, message } = waiting;
  const rotation = rotationToReport(facts, reason, wanted);
  if (!rotation) return waiting;
  return { do: 'report', event: 'rotationDelayed', reason, message, rotation };
}

/** Operators hear once of what went wrong with a rotation; then it is waited for. */
export function reportFailure(
  facts: Facts,
  waiting: Wait<FailureReason>,
  wanted: Rotation | null,
): Step {
  const { reason, message } = waiting;
  const rotation = rotationToReport(facts, reason, wanted);
  if (!rotation) return waiting;
  return { do: 'report', event: 'rotationFailed', reason, message, rotation };
}

/** The rotation to report about; undefined where that was done already or has to wait. */
function rotationToReport(
  { record, now }: Facts,
  reason: Reason,
  wanted: Rotation | null,
): Rotation | undefined {
  if (record.reported === reason || now < record.notBefore) return undefined;
  return record.rotation ?? (wanted ? withLastingId(wanted, record) : undefined);
}

/** A rotation that has not started has no id yet; told of twice, it must have the same. */
function withLastingId(rotation: Rotation, { active }: RotationRecord): Rotation {
  const id = rotation.requestId ?? `after-${active?.versionId.slice(0, 12)}`;
  return { ...rotation, id };
}
