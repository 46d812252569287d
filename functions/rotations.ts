import { accountIdOf } from '../shared/api/accountId.ts';
import { parseRotationId } from '../shared/api/parse.ts';
import { acknowledgementBody, rollbackBody, startBody } from '../shared/api/schemas/bodies.ts';
import { rotationView } from '../shared/api/views.ts';
import { acknowledge } from '../shared/service/operations/acknowledgements.ts';
import { followRotation } from '../shared/service/operations/follow.ts';
import {
  requestCompromised,
  requestRollback,
  requestRotation,
} from '../shared/service/operations/requests.ts';
import { accepted, requestIdOf } from './wiring/accepted.ts';
import { readBody } from './wiring/body.ts';
import { endpoint } from './wiring/endpoint.ts';
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
  if (due) await passQueueOf(context).enqueue([{ accountId }]);
  return { jsonBody: { acknowledged: true, missingSubscribers } };
});
