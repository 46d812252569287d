import { healthView } from '../shared/api/views.ts';
import { endpoint } from './wiring/endpoint.ts';

endpoint('health', async ({ dependencies }) => {
  const { at } = await dependencies.statuses.readTick();
  return { jsonBody: healthView(at, dependencies.clock.now()) };
});
