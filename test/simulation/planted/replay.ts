/** A thread that lives through one world with a bug in the production code; its exit code is the program's. */
import { workerData } from 'node:worker_threads';
import { type OneOptions, one } from '../one.ts';

// Most errors here are failures of calls, of which nobody wants to see where they came from.
Error.stackTraceLimit = 0;

const { seed, ...options } = workerData as OneOptions & { readonly seed: number };

void one(seed, options).then((exitCode) => {
  process.exitCode = exitCode;
});
