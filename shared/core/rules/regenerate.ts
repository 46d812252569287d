import { type Facts, quarantinedUntil, wait, waitForPerson, waitForQuarantine } from '../facts.ts';
import type { RotationRequest } from '../observation.ts';
import type { Reason } from '../reasons.ts';
import type { Cause, Rotation, RotationRecord } from '../record.ts';
import { otherSlot, type Slot } from '../slots.ts';
import type { Report, Step, Wait } from '../steps.ts';
import { intendRegenerate, newRotation } from '../transitions.ts';
import { nextOpen } from '../window.ts';
import { holdOverridden, leakedFingerprints } from './compromise.ts';

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

/**
 * The pause after a call that failed, with what went wrong. Operators hear once of a failure that
 * will not mend itself; should that not be deliverable, the call is tried again all the same.
 */
export function pauseAfterTrouble(
  facts: Facts,
  what: string,
  rotation: Rotation | null,
): Step | undefined {
  const { trouble, notBefore } = facts.record;
  const message = `${what}, again after a pause: ${trouble?.message ?? 'it failed'}`;
  const pause = trouble?.retriable === false ? waitForPerson : wait;
  const pausing = pause('CallFailed', notBefore, message);
  if (facts.now < notBefore) return pausing;
  if (trouble?.retriable !== false) return undefined;
  const told = reportOnce(facts, 'rotationFailed', pausing, rotation);
  return told.do === 'report' ? told : undefined;
}

/** Starts a rotation: the standby key is regenerated, which nobody uses. */
export function startRotation(facts: Facts, cause: StartCause, request?: RotationRequest): Step {
  const rotation = newRotation({
    freshId: facts.freshRotationId,
    cause,
    now: facts.now,
    secret: facts.secretRef,
    overlapMs: facts.policy.overlapMs,
    request,
  });
  const from: RotationRecord = {
    ...facts.record,
    phase: 'regeneratingStandby',
    rotation,
    reported: null,
  };
  return regenerateStandby(facts, START_REASONS[cause], from);
}

/** Why a rotation starts, by its cause. */
export const START_REASONS: Readonly<Record<StartCause, Reason>> = {
  schedule: 'Due',
  nearExpiry: 'Due',
  manual: 'RotationRequested',
  compromised: 'KeyCompromised',
  keyless: 'KeylessRequested',
};
type StartCause = Extract<Cause, 'schedule' | 'nearExpiry' | 'manual' | 'compromised' | 'keyless'>;

/** Regenerates the standby key, for the first time or after an attempt that came to nothing. */
export function regenerateStandby(facts: Facts, reason: Reason, from: RotationRecord): Step {
  const slot = otherSlot(facts.activeSlot ?? 'Key1');
  const message = `regenerate ${slot}, which nobody uses (${from.rotation?.cause ?? 'schedule'})`;
  return regenerateOrWait(facts, { reason, slot, message, from });
}

/** A hold or a closed window, which `rotation` has to wait for. */
export function heldUp(facts: Facts, rotation: Rotation | null): Step | undefined {
  const gated = gateByHold(facts) ?? gateByWindow(facts);
  return gated && reportOnce(facts, 'rotationDelayed', gated, rotation);
}

function gateByHold(facts: Facts): Wait | undefined {
  const { hold, now, timing } = facts;
  if (!hold || holdOverridden(facts)) return undefined;
  const until = hold.until ?? now + timing.checkIntervalMs;
  const end = hold.until === null ? 'until released' : 'until its end';
  const whose = hold.scope === 'all' ? 'all accounts are held' : 'held';
  return wait('Held', until, `${whose} by ${hold.actor} ${end}: ${hold.comment}`);
}

/** A leaked key does not wait for office hours. */
function gateByWindow(facts: Facts): Wait | undefined {
  const { policy, now } = facts;
  const leaked = leakedFingerprints(facts);
  if (leaked.has(facts.keys.Key1) || leaked.has(facts.keys.Key2)) return undefined;
  const opens = nextOpen(policy.window, now);
  if (opens === now) return undefined;
  return wait('WindowClosed', opens, `the window ${policy.window?.text} is closed`);
}

/**
 * Operators hear once of what holds a rotation up, be it under way or, as `wanted`, kept from
 * starting; then it is waited for.
 */
export function reportOnce(
  { record, now }: Facts,
  event: Report['event'],
  waiting: Wait,
  wanted: Rotation | null,
): Step {
  const rotation = record.rotation ?? (wanted && withLastingId(wanted, record));
  if (!rotation || record.reported === waiting.reason || now < record.notBefore) return waiting;
  const { reason, message } = waiting;
  return { do: 'report', event, reason, message, rotation };
}

/** A rotation that has not started has no id yet; told of twice, it must have the same. */
function withLastingId(rotation: Rotation, { active }: RotationRecord): Rotation {
  const id = rotation.requestId ?? `after-${active?.versionId.slice(0, 12)}`;
  return { ...rotation, id };
}
