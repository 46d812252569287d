import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Result } from './summary.ts';

/** How worlds are spread over threads. */
export interface PoolOptions {
  readonly days: number;
  /** Told after each world. */
  readonly onResult?: (result: Result) => void;
  /** Ends early when a result is all that is wanted. */
  readonly isEnough?: (result: Result) => boolean;
  /** The worker's bundle: with the production code as it is, or with a bug in it. */
  readonly script: URL;
}

/** Runs worlds of the seeds side by side, one thread for each processor. Results come in their order. */
export async function runSeeds(seeds: readonly number[], options: PoolOptions): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...seeds];
  let enough = false;
  const work = async () => {
    const worker = new Worker(options.script, { workerData: { days: options.days } });
    for (let seed = waiting.shift(); seed !== undefined && !enough; seed = waiting.shift()) {
      worker.postMessage(seed);
      const [result] = (await once(worker, 'message')) as [Result];
      results.push(result);
      options.onResult?.(result);
      enough ||= options.isEnough?.(result) ?? false;
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(seeds.length, availableParallelism()) }, work));
  return results.toSorted((left, right) => left.seed - right.seed);
}
