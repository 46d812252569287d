import { type Facts, quarantinedUntil } from '../facts.ts';
import type { RotationRequest } from '../observation.ts';
import { otherSlot } from '../slots.ts';
import type { CloseRequest, Step } from '../steps.ts';
import { beginRetiring, beginWithCurrentValue, newRotation } from '../transitions.ts';
import { leakedFingerprints, leakedSlots } from './compromise.ts';
import { regenerateOrWait, startRotation } from './regenerate.ts';

/**
 * Rule 11: what people asked for, compromised before rollback before manual. A request bends the
 * rotation under way or starts one; where it can do neither yet, it waits and the rotation goes on.
 */
export function requestWaits(facts: Facts): Step | undefined {
  for (const [kind, answer] of [
    ['compromised', answerCompromised],
    ['rollback', answerRollback],
    ['manual', answerRotate],
    ['nearExpiry', answerRotate],
  ] as const) {
    for (const request of facts.requests.filter((each) => each.kind === kind)) {
      const step = answer(facts, request);
      if (step) return step;
    }
  }
  return undefined;
}

/** Done only when no slot holds a leaked value; each closed rotation starts the next until then. */
function answerCompromised(facts: Facts, request: RotationRequest): Step | undefined {
  const slots = leakedSlots(facts, request);
  if (slots.length === 0) {
    return close(request, 'RequestDone', 'no slot holds a leaked key any more');
  }
  const { activeSlot, record } = facts;
  if (record.phase !== 'idle' || !activeSlot) return undefined;
  if (slots.includes(activeSlot)) return startRotation(facts, 'compromised', request);
  const standby = otherSlot(activeSlot);
  const rotation = newRotation({
    freshId: facts.freshRotationId,
    cause: 'compromised',
    now: facts.now,
    secret: facts.secretRef,
    overlapMs: facts.policy.overlapMs,
    request,
  });
  const stale = { slot: standby, fingerprint: facts.keys[standby] };
  const retiring = { ...beginRetiring(record), rotation, stale };
  const message = `${standby} leaked and nobody uses it: regenerate it at once`;
  return regenerateOrWait(facts, {
    reason: 'KeyCompromised',
    slot: standby,
    message,
    from: retiring,
  });
}

/** Only during the overlap, only while the previous key is still there and could not yet be gone. */
function answerRollback(facts: Facts, request: RotationRequest): Step | undefined {
  const { record, keys } = facts;
  const { rotation, stale, phase } = record;
  if (rotation?.requestId === request.id) {
    return close(request, 'RequestDone', `rotation ${rotation.id} brings the previous key back`);
  }
  const undo = phase === 'overlap' && (request.rotationId ?? rotation?.id) === rotation?.id;
  if (!undo || !stale) {
    return refuse(request, 'a rollback needs the rotation to be in its overlap');
  }
  if (keys[stale.slot] !== stale.fingerprint) {
    return refuse(request, `the previous key is gone: ${stale.slot} holds another value`);
  }
  if (leakedFingerprints(facts).has(stale.fingerprint)) {
    return refuse(request, 'the previous key was declared compromised');
  }
  if (quarantinedUntil(facts, stale.slot) || quarantinedUntil(facts, 'vault')) return undefined;
  const rollback = newRotation({
    freshId: facts.freshRotationId,
    cause: 'rollback',
    now: facts.now,
    secret: facts.secretRef,
    overlapMs: rotation?.overlapMs ?? facts.policy.overlapMs,
    request,
  });
  return {
    do: 'note',
    reason: 'RollbackRequested',
    message: `${request.actor || 'an operator'} asked for ${stale.slot} back: ${request.comment}`,
    next: beginWithCurrentValue(record, rollback, stale.slot, stale.fingerprint),
  };
}

/** Manual, or Key Vault's near-expiry event. Answered as soon as the record says that it runs. */
function answerRotate(facts: Facts, request: RotationRequest): Step | undefined {
  const { record, now, timing } = facts;
  if (record.rotation?.requestId === request.id) {
    return close(request, 'RequestDone', `rotation ${record.rotation.id} is under way`);
  }
  if (record.phase !== 'idle') return undefined;
  const youngest = (record.active?.createdAt ?? 0) + timing.minimumIntervalMs;
  if (request.kind === 'nearExpiry' && now < youngest) {
    return refuse(request, 'the active key is younger than the minimum interval');
  }
  return startRotation(facts, request.kind === 'manual' ? 'manual' : 'nearExpiry', request);
}

function close(
  request: RotationRequest,
  reason: 'RequestDone' | 'RequestRefused',
  message: string,
): CloseRequest {
  const { id: requestId, actor } = request;
  return { do: 'closeRequest', reason, message: `${request.kind}: ${message}`, requestId, actor };
}

function refuse(request: RotationRequest, message: string): CloseRequest {
  return close(request, 'RequestRefused', message);
}
