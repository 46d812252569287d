/** A thread that runs all cases that begin with a fault; each message is one, each answer their result. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Fault, pairsOf, runCase } from './cases.ts';
import type { CasesResult, Task } from './run.ts';

// Most errors here are failures of calls, of which nobody wants to see where they came from.
Error.stackTraceLimit = 0;

const { every } = workerData as { every: number };

parentPort?.on('message', async ({ course, first }: Task) => {
  const alone = await runCase(course, [first]);
  const found = alone.violations.map(withFaults(course, [first]));
  const result: CasesResult = { course, first, cases: 1, found };
  for (const second of pairsOf(alone.next, every)) {
    const faults = [first, second];
    const { violations } = await runCase(course, faults);
    result.cases += 1;
    result.found.push(...violations.map(withFaults(course, faults)));
  }
  parentPort?.postMessage(result);
});

function withFaults(course: Task['course'], faults: readonly Fault[]) {
  return <V>(violation: V) => ({ ...violation, course, faults });
}
