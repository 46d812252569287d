import type { Facts } from '../facts.ts';
import type { RotationRequest } from '../observation.ts';
import { SLOTS, type Slot } from '../slots.ts';

/** Fingerprints that operators declared leaked. */
export function leakedFingerprints(facts: Facts): Set<string> {
  const compromised = facts.requests.filter((request) => request.kind === 'compromised');
  return new Set(compromised.flatMap((request) => request.fingerprints));
}

/**
 * When a compromised request cuts the overlap (epoch ms): the operator's overlap after the newest
 * publish or after the request, whichever came later. Infinite when no live key leaked.
 */
export function overlapCutAt(facts: Facts): number {
  const cuts = liveCompromises(facts).map(
    (request) =>
      Math.max(facts.record.active?.createdAt ?? 0, request.createdAt) + request.overlapMs,
  );
  return Math.min(...cuts);
}

/** When the stale key goes as things stand (epoch ms): as planned, or sooner where a key leaked. */
export function retirementAt(facts: Facts): number | null {
  const { retireAt } = facts.record;
  return retireAt === null ? null : Math.min(retireAt, overlapCutAt(facts));
}

/** Whether an operator said that a compromised key weighs more than a hold. */
export function holdOverridden(facts: Facts): boolean {
  return liveCompromises(facts).some((request) => request.overrideHold);
}

/** Whether a key that somebody declared leaked is still one of the account's keys. */
export function leakIsLive(facts: Facts): boolean {
  return liveCompromises(facts).length > 0;
}

function liveCompromises(facts: Facts): RotationRequest[] {
  return facts.requests.filter(
    (request) => request.kind === 'compromised' && listedSlots(facts, request).length > 0,
  );
}

/** The slots whose current value the request lists. */
export function listedSlots(facts: Facts, request: RotationRequest): Slot[] {
  return SLOTS.filter((slot) => request.fingerprints.includes(facts.keys[slot]));
}
