import { createHash } from 'node:crypto';
import type { RotationRequest } from '../../core/observation.ts';
import type { Dependencies } from '../dependencies.ts';
import { recordDeed } from './history.ts';
import { type Asked, Refused } from './lookup.ts';

/** Lines of history that are looked through for an id, newest first: some years of an account. */
const LINES_LOOKED_AT = 1_000;

/**
 * Whether this very request came before. Throws {@link Refused} when another one did, with the same id,
 * or when a rotation has it that nobody asked for with it: the two could not be told apart afterwards,
 * and the events of the second would bear the ids of the first's.
 */
export async function isRepetition(
  accountId: string,
  requestId: string,
  digest: string,
  { records }: Dependencies,
): Promise<boolean> {
  let receipt = await records.readReceipt(accountId, requestId);
  if (!receipt) {
    const { entries } = await records.history(accountId, LINES_LOOKED_AT);
    if (!entries.some(({ rotationId }) => rotationId === requestId)) return false;
    // Of the same request sent twice at once, one may have become a rotation in between.
    receipt = await records.readReceipt(accountId, requestId);
  }
  if (receipt?.digest !== digest) throw new Refused({ kind: 'idReused' });
  return true;
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
  await statuses.setNextCheck(accountId, createdAt, 'asked');
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
