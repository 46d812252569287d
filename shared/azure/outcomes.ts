import type { Outcome } from '../service/ports.ts';
import { unlessAborted } from './calls.ts';
import { DeadlinePassed, runSending, type Sending } from './deadline.ts';
import { toFailure } from './failures.ts';

/** The limits of one attempt. */
export interface AttemptLimits {
  /** Epoch ms; no request leaves later. */
  readonly sendBy: number;
  /** The whole attempt, token included, ends within this. */
  readonly timeoutMs: number;
}

/**
 * Tries once to change something, through a client made with `sendOnce`, and says how it ended.
 * The answer is definite whenever it can be:
 * - `notSent`: the deadline had passed.
 * - `refused`: the service answered 4xx, or no request that could change anything left this process
 *   (no token, no connection, time-out before sending). Once this is returned, none will leave.
 * - `unknown`: all else: time-out, connection lost, 5xx, 3xx, an answer that makes no sense.
 */
export async function attempt<T>(
  what: string,
  limits: AttemptLimits,
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  const signal = AbortSignal.timeout(limits.timeoutMs);
  const sending: Sending = { sendBy: limits.sendBy, signal, inDoubt: false };
  try {
    const value = await unlessAborted(
      signal,
      runSending(sending, () => call(signal)),
    );
    return { kind: 'done', value };
  } catch (error) {
    if (error instanceof DeadlinePassed) return { kind: 'notSent' };
    return { kind: sending.inDoubt ? 'unknown' : 'refused', failure: toFailure(error, what) };
  }
}
