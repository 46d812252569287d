import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Result } from './summary.ts';

/** How tasks are spread over threads. */
interface SpreadOptions<R> {
  /** The bundle of a worker that answers each message with a result. */
  readonly script: URL;
  readonly workerData?: unknown;
  /** Told after each task. */
  readonly onResult?: ((result: R) => void) | undefined;
  /** Ends early when a result is all that is wanted. */
  readonly isEnough?: ((result: R) => boolean) | undefined;
}

/** Carries tasks out side by side, one thread for each processor. Results come as they are ready. */
export async function spread<T, R>(
  tasks: readonly T[],
  { script, workerData, onResult, isEnough }: SpreadOptions<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...tasks];
  let enough = false;
  const work = async () => {
    const worker = new Worker(script, { workerData });
    for (let task = waiting.shift(); task !== undefined && !enough; task = waiting.shift()) {
      worker.postMessage(task);
      const [result] = (await once(worker, 'message')) as [R];
      results.push(result);
      onResult?.(result);
      enough ||= isEnough?.(result) ?? false;
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(tasks.length, availableParallelism()) }, work));
  return results;
}

/** How worlds are spread over threads. */
export interface PoolOptions extends Omit<SpreadOptions<Result>, 'workerData'> {
  readonly days: number;
}

/** Runs worlds of the seeds side by side. Results come in their order. */
export async function runSeeds(
  seeds: readonly number[],
  { days, ...options }: PoolOptions,
): Promise<Result[]> {
  const results = await spread(seeds, { ...options, workerData: { days } });
  return results.toSorted((left, right) => left.seed - right.seed);
}
