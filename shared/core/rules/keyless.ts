import { type Facts, quarantinedUntil, waitForQuarantine } from '../facts.ts';
import type { Observation, RotationRequest } from '../observation.ts';
import type { SecretRef } from '../policy.ts';
import type { Rotation } from '../record.ts';
import type { Step } from '../steps.ts';
import { newRotation } from '../transitions.ts';
import { refuse } from './closing.ts';
import { claimedByAnother } from './guards.ts';
import { heldUp, pauseAfterTrouble } from './regenerate.ts';
import { replaceListed } from './replacement.ts';

/**
 * An operator ends key authentication. Both values that apps may have are replaced first, by an
 * ordinary rotation with its whole overlap: whoever still has a key in a drawer is found out while
 * there is a way back, and should key authentication ever be switched on again, those values stay
 * dead. The active key is not regenerated for it: what ends it is the switch, and the value that it
 * ends was never anywhere but in the vault and with apps that follow it.
 */
export function answerKeyless(
  facts: Facts,
  request: RotationRequest & { readonly kind: 'keyless' },
): Step | undefined {
  const { rotation, phase } = facts.record;
  if (rotation?.cause === 'rollback' && rotation.startedAt >= request.createdAt) {
    return refuse(request, 'the previous key was asked back');
  }
  if (phase !== 'idle') return undefined;
  return replaceListed(facts, request) ?? disableKeys(facts, request);
}

/** Nothing may be under way any more whose effect would come after the switch. */
function disableKeys(facts: Facts, request: RotationRequest): Step {
  const { now, secretRef: secret, policy } = facts;
  const rotation = endOfKeys(request, { now, secret, overlapMs: policy.overlapMs });
  const held = heldUp(facts, rotation);
  if (held) return held;
  for (const place of ['Key1', 'Key2', 'vault'] as const) {
    const until = quarantinedUntil(facts, place);
    if (until !== undefined) return waitForQuarantine(place, until);
  }
  const message = 'switch key authentication off';
  const { id: requestId, actor } = request;
  return (
    pauseAfterTrouble(facts, message, rotation) ?? {
      do: 'disableKeys',
      reason: 'KeylessRequested',
      message,
      requestId,
      actor,
    }
  );
}

/**
 * A guard before rule 2: key authentication is off, by our hand or another's, and somebody had asked
 * for something. Without a request there is nothing to do; beside another worker, nothing now.
 */
export function keysSwitchedOff(observation: Observation): Step | undefined {
  const { account, record, requests, policy, secretRef, now } = observation;
  if (!account.ok || !account.value?.keyless || !record.ok || !record.value) return undefined;
  if (!policy.ok || !secretRef || claimedByAnother(observation)) return undefined;
  const request = requests.find(({ kind }) => kind === 'keyless');
  if (!request) {
    const [first] = requests;
    return first && refuse(first, 'key authentication is switched off: there is no key to rotate');
  }
  const { overlapMs } = policy.policy;
  const secret = record.value.active?.secret ?? secretRef;
  return {
    do: 'finishKeyless',
    reason: 'Keyless',
    message: 'key authentication is switched off: disable the secret and tell apps',
    rotation: endOfKeys(request, { now, secret, overlapMs }),
  };
}

/** What the last events are about; they take their ids from the request. */
function endOfKeys(
  request: RotationRequest,
  about: { readonly now: number; readonly secret: SecretRef; readonly overlapMs: number },
): Rotation {
  return newRotation({ ...about, freshId: request.id, cause: 'keyless', request });
}
