import { healthView } from '../shared/api/views.ts';
import { brakesNow } from '../shared/service/operations/brakes.ts';
import { endpoint } from './wiring/endpoint.ts';

endpoint('health', async ({ dependencies }) => {
  const [{ at }, brakes] = await Promise.all([
    dependencies.statuses.readTick(),
    brakesNow(dependencies),
  ]);
  return { jsonBody: healthView(at, dependencies.clock.now(), brakes.length) };
});
