/** What the client takes from its surroundings; tests put their own in place. */
export interface Runtime {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Calls back once after `ms`; the function it returns cancels that. A timer never keeps a process
   * alive that has nothing else to do.
   */
  startTimer(callback: () => void, ms: number): () => void;
  /** From 0 (included) to 1 (excluded). */
  random(): number;
  fetch: typeof fetch;
}

/** The surroundings of an ordinary Node process. */
export const nodeRuntime: Runtime = {
  now: () => Date.now(),
  startTimer(callback, ms) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  fetch: (input, init) => fetch(input, init),
};

/** The wait before attempt `failures + 1`, in ms: one second, doubling, at most `ceilingMs`. */
export function backoffMs(failures: number, ceilingMs: number): number {
  return Math.min(ceilingMs, 1_000 * 2 ** Math.max(0, failures - 1));
}

/** `ms` spread evenly by ±10 %, so that a fleet of apps does not ask the vault in step. */
export function withJitter(ms: number, random: number): number {
  return Math.round(ms * (0.9 + 0.2 * random));
}

/** Waits; ends early, and without a throw, once `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal, runtime: Runtime): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = runtime.startTimer(finish, ms);
    signal.addEventListener('abort', finish);
  });
}
