import { app } from '@azure/functions';
import { dependenciesFor } from '../shared/azure/service.ts';
import { tick } from '../shared/service/scheduler.ts';
import { logOf } from './wiring/log.ts';
import { passQueueOf, passQueueOutput } from './wiring/passQueue.ts';

/** The schedule: puts a message on the queue for each account that is due. */
app.timer('tick', {
  schedule: '%TWINKEY_TICK_SCHEDULE%',
  extraOutputs: [passQueueOutput],
  handler: async (_timer, context) => {
    const dependencies = dependenciesFor(logOf(context));
    await tick(dependencies, passQueueOf(context, dependencies));
  },
});
