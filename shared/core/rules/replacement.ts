import type { Facts } from '../facts.ts';
import type { RotationRequest } from '../observation.ts';
import { otherSlot } from '../slots.ts';
import type { Step } from '../steps.ts';
import { beginRetiring } from '../transitions.ts';
import { listedSlots } from './compromise.ts';
import { regenerateOrWait, rotationNow, START_REASONS, startRotation } from './regenerate.ts';

/**
 * From idle: on the way to a state in which no slot holds a value that the request lists. The active
 * key takes a rotation, which replaces both; a standby key, which nobody uses, is regenerated at once.
 * Undefined when no slot holds one.
 */
export function replaceListed(
  facts: Facts,
  request: RotationRequest & { readonly kind: 'compromised' | 'keyless' },
): Step | undefined {
  const slots = listedSlots(facts, request);
  const { activeSlot, record, keys } = facts;
  if (slots.length === 0 || !activeSlot) return undefined;
  const { kind: cause } = request;
  if (slots.includes(activeSlot)) return startRotation(facts, cause, request);
  const slot = otherSlot(activeSlot);
  const from = {
    ...beginRetiring(record),
    rotation: rotationNow(facts, cause, request),
    stale: { slot, fingerprint: keys[slot] },
  };
  const why = cause === 'compromised' ? 'leaked and nobody uses it' : 'is used by nobody';
  const message = `${slot} ${why}: regenerate it at once`;
  return regenerateOrWait(facts, { reason: START_REASONS[cause], slot, message, from });
}
