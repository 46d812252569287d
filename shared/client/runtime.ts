import type { GetTokenOptions } from '@azure/core-auth';

/** What the client takes from its surroundings; tests put their own in place. */
export interface Runtime {
  /** Epoch milliseconds by the machine's clock, which may be wrong and may jump. */
  now(): number;
  /** Milliseconds since some moment, by a clock that never jumps but may rest while the machine sleeps. */
  steadyNow(): number;
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
  steadyNow: () => performance.now(),
  startTimer(callback, ms) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  fetch: (input, init) => fetch(input, init),
};

/** A point in time by both clocks of a runtime, in ms. */
export interface Moment {
  readonly wall: number;
  readonly steady: number;
}

/** Now, by both clocks. */
export function momentOf(runtime: Runtime): Moment {
  return { wall: runtime.now(), steady: runtime.steadyNow() };
}

/**
 * Time since `moment` in ms, by the clock that saw more of it: the machine's clock may have been set
 * back, the steady one may have rested.
 */
export function ageMs(moment: Moment, runtime: Runtime): number {
  return Math.max(runtime.now() - moment.wall, runtime.steadyNow() - moment.steady);
}

/** The wait before attempt `failures + 1`, in ms: one second, doubling, at most `ceilingMs`. */
export function backoffMs(failures: number, ceilingMs: number): number {
  return Math.min(ceilingMs, 1_000 * 2 ** Math.max(0, failures - 1));
}

/** `ms` spread evenly by ±10 %, so that a fleet of apps does not ask the vault in step. */
export function withJitter(ms: number, random: number): number {
  return Math.round(ms * (0.9 + 0.2 * random));
}

/** What `promise` gives; rejects after `ms` for one that may never end. `what` names it in the error. */
export async function within<T>(
  ms: number,
  what: string,
  promise: Promise<T>,
  runtime: Runtime,
): Promise<T> {
  let cancel = () => {};
  const tooLate = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(new Error(`${what}: no answer within ${ms / 1_000} s.`));
    cancel = runtime.startTimer(giveUp, ms);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    cancel();
  }
}

/** An `AbortSignal`, or what the Azure SDKs take for one. */
type Signal = NonNullable<GetTokenOptions['abortSignal']>;

/** Waits; ends early, and without a throw, once `signal` is aborted. */
export function pause(ms: number, signal: Signal | undefined, runtime: Runtime): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = runtime.startTimer(finish, ms);
    signal?.addEventListener('abort', finish);
  });
}
