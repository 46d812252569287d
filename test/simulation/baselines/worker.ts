/** A thread that lets planners rotate keys; each message names one and a seed. */
import { parentPort, workerData } from 'node:worker_threads';
import { measure, type Planner } from './compare.ts';

// Most errors here are failures of calls, of which nobody wants to see where they came from.
Error.stackTraceLimit = 0;

const { days } = workerData as { days: number };

parentPort?.on('message', async ({ planner, seed }: { planner: Planner; seed: number }) => {
  parentPort?.postMessage(await measure(planner, seed, days));
});
