import type { RotationRequest } from '../../core/observation.ts';
import type { RotationRecord } from '../../core/record.ts';
import { type Fingerprint, SLOTS, type Slot } from '../../core/slots.ts';
import type { Dependencies } from '../dependencies.ts';
import type { KeyPair } from '../key.ts';
import { addRequest, digestOf, isRepetition, noteRequest } from './asking.ts';
import { type Asked, Refused, rotatableAccount } from './lookup.ts';

/** How long apps get to reload when a key leaked and the operator names no time (ms). */
export const DEFAULT_OVERLAP_MS = 5 * 60_000;

/** A person declares keys leaked. */
export interface Compromise extends Asked {
  /** What leaked; undefined: the active key, or both where it cannot be told. */
  readonly slot: Slot | 'both' | undefined;
  /** Undefined: five minutes, or the period where that is shorter. */
  readonly overlapMs: number | undefined;
  readonly overrideHold: boolean;
}

/**
 * Asks for a rotation: a row that the next pass answers. `requestId` becomes the rotation's id;
 * asking again with the same id changes nothing. The caller puts the account on the queue. Throws
 * {@link Refused}, also while another rotation is under way or was asked for.
 */
export async function requestRotation(
  accountId: string,
  requestId: string,
  asked: Asked,
  dependencies: Dependencies,
): Promise<void> {
  await rotatableAccount(accountId, dependencies);
  const digest = digestOf('manual', asked.comment);
  if (await isRepetition(accountId, requestId, digest, dependencies)) return;
  await refuseWhileUnderWay(accountId, requestId, dependencies);
  const request = { id: requestId, kind: 'manual' as const, ...asked };
  await addRequest(accountId, request, digest, dependencies);
  try {
    // Of two that were asked for at once, one goes on: the one that a pass takes first.
    await refuseWhileUnderWay(accountId, requestId, dependencies);
  } catch (error) {
    await dependencies.records.withdrawRequest(accountId, requestId);
    throw error;
  }
  await noteRequest(accountId, request, dependencies);
}

/**
 * Declares keys leaked, by the fingerprints that the slots hold now. It bends a rotation under way or
 * starts one, and is done when no slot holds one of them. Throws {@link Refused}.
 */
export async function requestCompromised(
  accountId: string,
  requestId: string,
  { slot, overlapMs: granted, ...asked }: Compromise,
  dependencies: Dependencies,
): Promise<void> {
  const { policy } = await rotatableAccount(accountId, dependencies);
  const overlapMs = granted ?? Math.min(DEFAULT_OVERLAP_MS, policy?.periodMs ?? Infinity);
  const { comment, overrideHold } = asked;
  if (policy && overlapMs > policy.periodMs) {
    throw new Refused({ kind: 'overlapTooLong', periodMs: policy.periodMs, overlapMs });
  }
  const digest = digestOf('compromised', comment, slot, granted, overrideHold);
  if (await isRepetition(accountId, requestId, digest, dependencies)) return;
  const { stored } = await dependencies.records.read(accountId);
  const keys = await dependencies.accounts.listKeys(accountId);
  const fingerprints = leakedFingerprints(keys, slot, stored?.record);
  const request = {
    id: requestId,
    kind: 'compromised' as const,
    ...asked,
    overlapMs,
    fingerprints,
  };
  await addRequest(accountId, request, digest, dependencies);
  await noteRequest(accountId, request, dependencies);
}

/**
 * Asks for the previous key back, while `rotationId` is in its overlap and that key is still there.
 * The rollback is a rotation of its own, whose id is `requestId`. Throws {@link Refused}.
 */
export async function requestRollback(
  accountId: string,
  rotationId: string,
  requestId: string,
  asked: Asked,
  dependencies: Dependencies,
): Promise<void> {
  await rotatableAccount(accountId, dependencies);
  const digest = digestOf('rollback', rotationId, asked.comment);
  if (await isRepetition(accountId, requestId, digest, dependencies)) return;
  const { stored, requests } = await dependencies.records.read(accountId);
  const record = stored?.record;
  if (record?.rotation?.id !== rotationId && record?.lastRotation?.id !== rotationId) {
    throw new Refused({ kind: 'unknownRotation' });
  }
  const keys = await dependencies.accounts.listKeys(accountId);
  const message = rollbackObstacle(record, rotationId, keys, requests);
  if (message) throw new Refused({ kind: 'rollbackImpossible', message });
  const request = { id: requestId, kind: 'rollback' as const, ...asked, rotationId };
  await addRequest(accountId, request, digest, dependencies);
  await noteRequest(accountId, request, dependencies);
}

/** Undefined: nothing is in the way, as far as can be told before the pass looks itself. */
function rollbackObstacle(
  { phase, rotation, stale }: RotationRecord,
  rotationId: string,
  keys: KeyPair,
  requests: readonly RotationRequest[],
): string | undefined {
  if (rotation?.id !== rotationId) return 'the rotation is over: its previous key is gone';
  if (phase !== 'overlap' || !stale) {
    return `a rollback needs the rotation to be in its overlap, it is in ${phase}`;
  }
  if (keys[stale.slot].fingerprint !== stale.fingerprint) {
    return `the previous key is gone: ${stale.slot} holds another value`;
  }
  const leaked = requests.filter(({ kind }) => kind === 'compromised');
  if (leaked.some(({ fingerprints }) => fingerprints.includes(stale.fingerprint))) {
    return 'the previous key was declared compromised';
  }
  return undefined;
}

function leakedFingerprints(
  keys: KeyPair,
  slot: Compromise['slot'],
  record: RotationRecord | undefined,
): Fingerprint[] {
  const active = SLOTS.filter((one) => keys[one].fingerprint === record?.active?.fingerprint);
  const named = slot === 'both' ? SLOTS : slot && [slot];
  const slots = named ?? (active.length > 0 ? active : SLOTS);
  return slots.map((one) => keys[one].fingerprint);
}

async function refuseWhileUnderWay(
  accountId: string,
  requestId: string,
  { records }: Dependencies,
): Promise<void> {
  const { stored, requests } = await records.read(accountId);
  const running = stored?.record.rotation;
  if (running && running.requestId !== requestId) {
    throw new Refused({ kind: 'underWay', rotationId: running.id });
  }
  const own = requests.some(({ id }) => id === requestId);
  const earlier = requests.find(({ id, kind }) => kind === 'manual' && (!own || id < requestId));
  if (!running && earlier) throw new Refused({ kind: 'underWay', rotationId: earlier.id });
}
