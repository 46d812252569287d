import { endpoint } from './wiring/endpoint.ts';

/** Liveness: answers with the age of the last tick, which is what shows that the schedule runs. */
endpoint('health', 'health', 'GET', async ({ dependencies }) => {
  const { at } = await dependencies.statuses.readTick();
  return {
    jsonBody: {
      status: 'ok',
      lastTickAt: at === null ? null : new Date(at).toISOString(),
      lastTickAgeSeconds: at === null ? null : Math.round((dependencies.clock.now() - at) / 1000),
    },
  };
});
