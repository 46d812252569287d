import type { Dependencies } from './dependencies.ts';
import type { AccountStatus } from './ports.ts';

/** How a request to rotate was received. */
export type RequestResult =
  | { readonly kind: 'accepted'; readonly rotationId: string }
  | { readonly kind: 'unknownAccount' }
  /** The account is known, but nothing can be rotated: the status says why. */
  | { readonly kind: 'notRotatable'; readonly status: AccountStatus }
  | { readonly kind: 'underWay'; readonly rotationId: string };

/** Reasons under which an account has nothing to rotate, or nobody may. */
const NOT_ROTATABLE = new Set([
  'PolicyInvalid',
  'Excluded',
  'AccountMissing',
  'Keyless',
  'SecretBelongsToAnother',
  'ManagedElsewhere',
]);

/**
 * Asks for a rotation: a row that the next pass answers. `requestId` becomes the rotation's id;
 * asking again with the same id changes nothing. The caller puts the account on the queue.
 */
export async function requestRotation(
  accountId: string,
  requestId: string,
  asked: { actor: string; comment: string },
  { statuses, records, clock }: Dependencies,
): Promise<RequestResult> {
  const status = await statuses.get(accountId);
  if (!status) return { kind: 'unknownAccount' };
  if (NOT_ROTATABLE.has(status.reason)) return { kind: 'notRotatable', status };
  const { stored, requests } = await records.read(accountId);
  const record = stored?.record;
  const known = [record?.rotation?.id, record?.lastRotation?.id, ...requests.map(({ id }) => id)];
  if (known.includes(requestId)) return { kind: 'accepted', rotationId: requestId };
  if (record?.rotation) return { kind: 'underWay', rotationId: record.rotation.id };
  await records.addRequest(accountId, {
    id: requestId,
    kind: 'manual',
    createdAt: clock.now(),
    actor: asked.actor,
    comment: asked.comment,
    fingerprints: [],
    overlapMs: 0,
    overrideHold: false,
    rotationId: null,
  });
  // Should the message on the queue get lost, the next tick finds the account due.
  await statuses.setNextCheck(accountId, clock.now());
  return { kind: 'accepted', rotationId: requestId };
}
