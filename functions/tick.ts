import { app } from '@azure/functions';
import { tick } from '../shared/service/scheduler.ts';
import { passOutputs, passQueueOf } from './wiring/passQueue.ts';
import { dependenciesOf } from './wiring/service.ts';

/** The schedule: puts a message on the queue for each account that is due. */
app.timer('tick', {
  schedule: '%TWINKEY_TICK_SCHEDULE%',
  extraOutputs: passOutputs,
  handler: async (_timer, context) => {
    const dependencies = await dependenciesOf(context);
    await tick(dependencies, passQueueOf(context, dependencies));
  },
});
