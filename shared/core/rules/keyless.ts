import { type Facts, quarantinedUntil, wait, waitForPerson, waitForQuarantine } from '../facts.ts';
import type { Observation, RotationRequest } from '../observation.ts';
import type { SecretRef } from '../policy.ts';
import type { Rotation, RotationRecord } from '../record.ts';
import type { Step, Wait } from '../steps.ts';
import { markSwitching, newRotation } from '../transitions.ts';
import { refuse } from './closing.ts';
import { claimedByAnother } from './guards.ts';
import { heldUp, pauseAfterTrouble, reportDelay, reportFailure } from './regenerate.ts';
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
  const { record, now, timing } = facts;
  const { rotation, phase } = record;
  if (rotation?.cause === 'rollback' && rotation.startedAt >= request.createdAt) {
    return refuse(request, 'the previous key was asked back');
  }
  const switching = switchingFor(request, record);
  if (switching?.seen) return refuse(request, 'somebody switched key authentication on again');
  if (switching && now < switching.at + timing.quarantineMs) {
    return switchUnderWay(facts, switching.at + timing.quarantineMs);
  }
  if (!facts.keylessPermitted) return refuse(request, 'the deployment does not permit it any more');
  return phase === 'idle' ? replaceListed(facts, request) : undefined;
}

/**
 * The switch itself, once both values are replaced and nothing else is due: a switch that is refused
 * or has to wait keeps no other request and no rotation waiting.
 */
export function endKeys(facts: Facts): Step | undefined {
  const request = facts.requests.find(({ kind }) => kind === 'keyless');
  return request && switchOff(facts, request);
}

function switchingFor({ id }: RotationRequest, { switching }: RotationRecord) {
  return switching?.requestId === id ? switching : undefined;
}

/** ARM was asked; the account itself tells when it is so. */
function switchUnderWay({ record }: Facts, until: number): Wait {
  const again = record.reported === 'CallFailed';
  const message = `key authentication is being switched off${again ? `; ${NO_EFFECT}` : ''}`;
  return again ? waitForPerson('CallFailed', until, message) : wait('InQuarantine', until, message);
}

const NO_EFFECT =
  'ARM was asked before, and the account still takes keys: look for a policy or a lock';

/** Operators hear once of a switch that was sent and changed nothing. */
function reportNoEffect(facts: Facts, rotation: Rotation): Step | undefined {
  const failed = waitForPerson('CallFailed', facts.now, NO_EFFECT);
  const told = reportFailure(facts, failed, rotation);
  return told.do === 'report' ? told : undefined;
}

/** Nothing may be under way any more whose effect would come after the switch. */
function switchOff(facts: Facts, request: RotationRequest): Step {
  const { now, secretRef: secret, policy, record } = facts;
  const rotation = endOfKeys(request, { now, secret, overlapMs: policy.overlapMs });
  const held = heldUp(facts, rotation) ?? heldUpByUsers(facts, request, rotation);
  if (held) return held;
  for (const place of ['Key1', 'Key2', 'vault'] as const) {
    const until = quarantinedUntil(facts, place);
    if (until !== undefined) return waitForQuarantine(place, until);
  }
  const message = 'switch key authentication off';
  const troubled =
    (switchingFor(request, record) && reportNoEffect(facts, rotation)) ??
    pauseAfterTrouble(facts, message, rotation);
  if (troubled) return troubled;
  const { id: requestId, actor } = request;
  const intent = markSwitching(record, requestId, now, false);
  return { do: 'disableKeys', reason: 'KeylessRequested', message, requestId, actor, intent };
}

/** Somebody uses the new key whom the one who confirmed did not know of: a person has to look again. */
function heldUpByUsers(
  facts: Facts,
  { users }: RotationRequest,
  rotation: Rotation,
): Step | undefined {
  const { acknowledgements, record, now, timing } = facts;
  const unknown = acknowledgements
    .filter(({ fingerprint }) => fingerprint === record.active?.fingerprint)
    .map(({ subscriber }) => subscriber)
    .filter((subscriber) => !users.includes(subscriber));
  if (unknown.length === 0) return undefined;
  const message = `${unknown.join(', ')} acknowledged the new key, which nobody knew of who confirmed: take the request back and look at a new preview`;
  const waiting = waitForPerson('KeysStillUsed', now + timing.checkIntervalMs, message);
  return reportDelay(facts, waiting, rotation);
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
    // A leak is not over because keys are off for a while: it is answered once they are on again.
    const first = requests.find(({ kind }) => kind !== 'compromised');
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
