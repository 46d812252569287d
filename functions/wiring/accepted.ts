import type { HttpResponseInit } from '@azure/functions';
import { parseIdempotencyKey } from '../../shared/api/parse.ts';
import { accountPath } from '../../shared/core/accountPath.ts';
import type { Call } from './endpoint.ts';
import { passQueueOf } from './passQueue.ts';

/** The id of the request, and of the rotation that it may become. */
export function requestIdOf({ request, dependencies }: Call): string {
  const header = request.headers.get('idempotency-key');
  return parseIdempotencyKey(header) ?? dependencies.ids.next();
}

/** The answer to a request that was taken: where to follow it. The account's pass is put on the queue. */
export async function accepted(
  { context }: Call,
  accountId: string,
  rotationId: string,
): Promise<HttpResponseInit> {
  await passQueueOf(context).enqueue([{ accountId }]);
  const location = `/api/accounts/${accountPath(accountId)}/rotations/${rotationId}`;
  return {
    status: 202,
    headers: { location, 'retry-after': '5' },
    jsonBody: { rotationId, state: 'requested' },
  };
}
