import { accountIdOf } from '../shared/api/accountId.ts';
import { parseQuery } from '../shared/api/parse.ts';
import { keylessBody } from '../shared/api/schemas/bodies.ts';
import { releaseQuery } from '../shared/api/schemas/queries.ts';
import { keylessView } from '../shared/api/views.ts';
import {
  previewKeyless,
  requestKeyless,
  withdrawKeyless,
} from '../shared/service/operations/keyless.ts';
import { accepted, requestIdOf } from './wiring/accepted.ts';
import { readBody } from './wiring/body.ts';
import { endpoint } from './wiring/endpoint.ts';
import { passQueueOf } from './wiring/passQueue.ts';

endpoint('previewKeyless', async ({ request, dependencies }) => {
  const accountId = accountIdOf(request.params);
  return { jsonBody: keylessView(await previewKeyless(accountId, dependencies)) };
});

endpoint('startKeyless', async (call) => {
  const { request, actor, dependencies } = call;
  const accountId = accountIdOf(request.params);
  const requestId = requestIdOf(call);
  const { reason: comment, confirm } = await readBody(request, keylessBody);
  await requestKeyless(accountId, requestId, { actor, comment, confirm }, dependencies);
  return accepted(call, accountId, requestId);
});

endpoint('withdrawKeyless', async ({ request, context, actor, dependencies }) => {
  const accountId = accountIdOf(request.params);
  const { reason: comment } = parseQuery(releaseQuery, request.query);
  await withdrawKeyless(accountId, { actor, comment }, dependencies);
  await passQueueOf(context).enqueue([{ accountId }]);
  return { status: 204 };
});
