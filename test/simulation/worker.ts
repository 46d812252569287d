/** A thread that runs one world after another; each message is a seed, each answer its result. */
import { parentPort, workerData } from 'node:worker_threads';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';
import { resultOf } from './summary.ts';

// Most errors here are failures of calls, of which nobody wants to see where they came from.
Error.stackTraceLimit = 0;

const { days } = workerData as { days: number };

parentPort?.on('message', async (seed: number) => {
  const outcome = await run(scenarioOf(seed, days), { stopAtViolation: true });
  parentPort?.postMessage(resultOf(outcome));
});
