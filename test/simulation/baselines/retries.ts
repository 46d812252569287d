import { sleep, type TimeSource } from '../../../local/azure/model/time.ts';
import { Failure } from '../../../shared/core/failures.ts';
import type { Outcome } from '../../../shared/service/ports.ts';
import { SECOND } from '../units.ts';

/** As often does an Azure SDK repeat a call by itself, after 1, 2 and 4 seconds or what is asked for. */
const RETRIES = 3;

/** A change as an SDK makes it, retries included. Throws the last failure. */
export function changed<T>(time: TimeSource, attempt: () => Promise<Outcome<T>>): Promise<T> {
  return repeated(time, async () => {
    const outcome = await attempt();
    if (outcome.kind === 'done') return outcome.value;
    if (outcome.kind === 'notSent') throw new Error('there is no deadline here');
    throw outcome.failure;
  });
}

/** A call as an SDK makes it, retries included. Throws the last failure. */
export async function repeated<T>(time: TimeSource, attempt: () => Promise<T>): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Failure) || !error.retriable || count === RETRIES) throw error;
      await sleep(time, Math.max(error.retryAfterMs ?? 0, 2 ** count * SECOND));
    }
  }
}

/** Changes of these are sent however late. */
export const WITHOUT_DEADLINE = Number.MAX_SAFE_INTEGER;
