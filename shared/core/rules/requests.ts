import { type Facts, quarantinedUntil } from '../facts.ts';
import { REQUEST_KINDS, type RotationRequest } from '../observation.ts';
import type { Step } from '../steps.ts';
import { beginWithCurrentValue, newRotation } from '../transitions.ts';
import { done, refuse } from './closing.ts';
import { leakedFingerprints, listedSlots } from './compromise.ts';
import { answerKeyless } from './keyless.ts';
import { startRotation } from './regenerate.ts';
import { replaceListed } from './replacement.ts';

/**
 * Rule 11: what people asked for, in the order of {@link REQUEST_KINDS}. A request bends the rotation
 * under way or starts one; where it can do neither yet, it waits and the rotation goes on.
 */
export function requestWaits(facts: Facts): Step | undefined {
  for (const kind of REQUEST_KINDS) {
    for (const request of facts.requests.filter((each) => each.kind === kind)) {
      const step = answer(facts, request);
      if (step) return step;
    }
  }
  return undefined;
}

function answer(facts: Facts, request: RotationRequest): Step | undefined {
  const { kind } = request;
  switch (kind) {
    case 'compromised':
      return answerCompromised(facts, { ...request, kind });
    case 'rollback':
      return answerRollback(facts, request);
    case 'keyless':
      return answerKeyless(facts, { ...request, kind });
    case 'manual':
      return answerRotate(facts, request);
  }
}

/** Done only when no slot holds a leaked value; each closed rotation starts the next until then. */
function answerCompromised(
  facts: Facts,
  request: RotationRequest & { readonly kind: 'compromised' },
): Step | undefined {
  if (listedSlots(facts, request).length === 0) {
    return done(request, 'no slot holds a leaked key any more');
  }
  return facts.record.phase === 'idle' ? replaceListed(facts, request) : undefined;
}

/** Only during the overlap, only while the previous key is still there and could not yet be gone. */
function answerRollback(facts: Facts, request: RotationRequest): Step | undefined {
  const { record, keys } = facts;
  const { rotation, stale, phase } = record;
  if (rotation?.requestId === request.id) {
    return done(request, `rotation ${rotation.id} brings the previous key back`);
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

/** Answered as soon as the record says that it runs. */
function answerRotate(facts: Facts, request: RotationRequest): Step | undefined {
  const { record } = facts;
  if (record.rotation?.requestId === request.id) {
    return done(request, `rotation ${record.rotation.id} is under way`);
  }
  return record.phase === 'idle' ? startRotation(facts, 'manual', request) : undefined;
}
