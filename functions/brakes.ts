import { parseBrakeId, parseQuery } from '../shared/api/parse.ts';
import { releaseQuery } from '../shared/api/schemas/queries.ts';
import { brakeView } from '../shared/api/views.ts';
import { brakesNow, releaseBrake } from '../shared/service/operations/brakes.ts';
import { endpoint } from './wiring/endpoint.ts';

endpoint('brakes', async ({ dependencies }) => {
  return { jsonBody: { brakes: (await brakesNow(dependencies)).map(brakeView) } };
});

endpoint('releaseBrake', async ({ request, actor, dependencies }) => {
  const id = parseBrakeId(request.params['brake']);
  const { reason: comment } = parseQuery(releaseQuery, request.query);
  return { jsonBody: { released: await releaseBrake(id, { actor, comment }, dependencies) } };
});
