import { createHash } from 'node:crypto';
import type { RotationRequest } from '../../core/observation.ts';
import type { Dependencies } from '../dependencies.ts';
import { recordDeed } from './history.ts';
import { type Asked, Refused } from './lookup.ts';

/** Whether this very request came before. Throws {@link Refused} when another one did, with the same id. */
export async function isRepetition(
  accountId: string,
  requestId: string,
  digest: string,
  { records }: Dependencies,
): Promise<boolean> {
  const receipt = await records.readReceipt(accountId, requestId);
  if (receipt && receipt.digest !== digest) throw new Refused({ kind: 'idReused' });
  return receipt !== null;
}

/**
 * Adds a row that the next pass answers; the account is due at once. Throws {@link Refused} for an id that
 * came before with another content.
 */
export async function addRequest(
  accountId: string,
  request: Asked & Pick<RotationRequest, 'id' | 'kind'> & Partial<RotationRequest>,
  digest: string,
  { records, statuses, clock }: Dependencies,
): Promise<void> {
  const createdAt = clock.now();
  const defaults = {
    fingerprints: [],
    overlapMs: 0,
    overrideHold: false,
    users: [],
    rotationId: null,
  };
  const receipt = await records.addRequest(
    accountId,
    { ...defaults, ...request, createdAt },
    digest,
  );
  if (receipt.digest !== digest) throw new Refused({ kind: 'idReused' });
  // Should the message on the queue get lost, the next tick finds the account due.
  await statuses.setNextCheck(accountId, createdAt);
}

/** Leaves a line of history that says who asked for what, and why. */
export function noteRequest(
  accountId: string,
  { id: requestId, kind: cause, actor, comment }: Asked & Pick<RotationRequest, 'id' | 'kind'>,
  dependencies: Dependencies,
): Promise<void> {
  const message = `${cause}: ${comment}`;
  const deed = { reason: 'RequestMade' as const, message, actor, requestId, cause };
  return recordDeed(accountId, deed, dependencies);
}

/** Tells two requests of the same id apart. */
export function digestOf(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
