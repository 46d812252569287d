/** A thread that lets planners rotate keys; each message names one and a world. */
import { parentPort } from 'node:worker_threads';
import { type Contest, measure } from './compare.ts';

// Most errors here are failures of calls, of which nobody wants to see where they came from.
Error.stackTraceLimit = 0;

parentPort?.on('message', async (contest: Contest) => {
  const { measured } = await measure(contest);
  parentPort?.postMessage(measured);
});
