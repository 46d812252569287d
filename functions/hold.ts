import type { HttpResponseInit } from '@azure/functions';
import { accountIdOf } from '../shared/api/accountId.ts';
import { holdUntil, parseQuery } from '../shared/api/parse.ts';
import { holdBody } from '../shared/api/schemas/bodies.ts';
import { releaseQuery } from '../shared/api/schemas/queries.ts';
import { holdView } from '../shared/api/views.ts';
import { holdNow, placeHold, releaseHold } from '../shared/service/operations/holds.ts';
import { readBody } from './wiring/body.ts';
import { type Call, endpoint } from './wiring/endpoint.ts';
import { passQueueOf } from './wiring/passQueue.ts';

endpoint('placeHold', (call) => place(accountIdOf(call.request.params), call));
endpoint('releaseHold', (call) => release(accountIdOf(call.request.params), call));

endpoint('holdForAll', async ({ dependencies }) => {
  const hold = await holdNow(null, dependencies);
  return { jsonBody: { hold: hold && holdView(hold) } };
});
endpoint('placeHoldForAll', (call) => place(null, call));
endpoint('releaseHoldForAll', (call) => release(null, call));

async function place(
  accountId: string | null,
  { request, actor, dependencies }: Call,
): Promise<HttpResponseInit> {
  const { reason, until } = await readBody(request, holdBody);
  const end = holdUntil(until, dependencies.clock.now());
  const hold = { actor, comment: reason, until: end };
  await placeHold(accountId, hold, dependencies);
  return { jsonBody: holdView({ ...hold, scope: accountId === null ? 'all' : 'account' }) };
}

async function release(
  accountId: string | null,
  { request, context, actor, dependencies }: Call,
): Promise<HttpResponseInit> {
  const { reason: comment } = parseQuery(releaseQuery, request.query);
  const { released, still, due } = await releaseHold(accountId, { actor, comment }, dependencies);
  await passQueueOf(context).enqueue(due.map((accountId) => ({ accountId })));
  return { jsonBody: { released, hold: still && holdView(still) } };
}
