import type { HttpResponseInit } from '@azure/functions';
import { accountIdOf } from '../shared/api/accountId.ts';
import { parseIdempotencyKey, parseRotationId } from '../shared/api/parse.ts';
import { acknowledgementBody, rollbackBody, startBody } from '../shared/api/schemas/bodies.ts';
import { rotationView } from '../shared/api/views.ts';
import { accountPath } from '../shared/core/events.ts';
import { acknowledge } from '../shared/service/operations/acknowledgements.ts';
import { followRotation } from '../shared/service/operations/follow.ts';
import {
  requestCompromised,
  requestRollback,
  requestRotation,
} from '../shared/service/operations/requests.ts';
import { readBody } from './wiring/body.ts';
import { type Call, endpoint } from './wiring/endpoint.ts';
import { passQueueOf } from './wiring/passQueue.ts';

endpoint('startRotation', async (call) => {
  const { request, actor, dependencies } = call;
  const accountId = accountIdOf(request.params);
  const requestId = requestIdOf(call);
  const { reason: comment, ...body } = await readBody(request, startBody);
  if (body.cause === 'manual') {
    await requestRotation(accountId, requestId, { actor, comment }, dependencies);
  } else {
    const { slot, overlap, overrideHold } = body;
    const asked = { actor, comment, slot, overlapMs: overlap, overrideHold };
    await requestCompromised(accountId, requestId, asked, dependencies);
  }
  return accepted(call, accountId, requestId);
});

endpoint('rotation', async ({ request, dependencies }) => {
  const accountId = accountIdOf(request.params);
  const id = parseRotationId(request.params['rotationId']);
  return { jsonBody: rotationView(await followRotation(accountId, id, dependencies)) };
});

endpoint('rollback', async (call) => {
  const { request, actor, dependencies } = call;
  const accountId = accountIdOf(request.params);
  const undone = parseRotationId(request.params['rotationId']);
  const requestId = requestIdOf(call);
  const { reason: comment } = await readBody(request, rollbackBody);
  await requestRollback(accountId, undone, requestId, { actor, comment }, dependencies);
  return accepted(call, accountId, requestId);
});

endpoint('acknowledge', async ({ request, context, actor, dependencies }) => {
  const accountId = accountIdOf(request.params);
  parseRotationId(request.params['rotationId']);
  const said = await readBody(request, acknowledgementBody);
  const { missingSubscribers, due } = await acknowledge(accountId, said, actor, dependencies);
  if (due) await passQueueOf(context).enqueue([accountId]);
  return { jsonBody: { acknowledged: true, missingSubscribers } };
});

/** The id of the request, and of the rotation that it may become. */
function requestIdOf({ request, dependencies }: Call): string {
  const header = request.headers.get('idempotency-key');
  return parseIdempotencyKey(header) ?? dependencies.ids.next();
}

async function accepted(
  { context }: Call,
  accountId: string,
  rotationId: string,
): Promise<HttpResponseInit> {
  await passQueueOf(context).enqueue([accountId]);
  const location = `/api/accounts/${accountPath(accountId)}/rotations/${rotationId}`;
  return {
    status: 202,
    headers: { location, 'retry-after': '5' },
    jsonBody: { rotationId, state: 'requested' },
  };
}
