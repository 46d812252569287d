import { setTimeout as sleep } from 'node:timers/promises';
import type { Counter } from './messages.ts';
import type { SendRequest } from './requests.ts';

/** Users of one account at a time; each waits for its answer, thinks, and asks again. */
const USERS = 2;
const THINK_TIME_MS = 150;

/**
 * Requests without pause but for the users' `thinkTimeMs` until `signal` is aborted; resolves when the
 * last ones were answered.
 */
export async function generateLoad(
  send: SendRequest,
  counter: Counter,
  signal: AbortSignal,
  thinkTimeMs: number = THINK_TIME_MS,
): Promise<void> {
  const user = async () => {
    while (!signal.aborted) {
      await count(send, counter);
      await sleep(thinkTimeMs);
    }
  };
  await Promise.all(Array.from({ length: USERS }, user));
}

async function count(send: SendRequest, counter: Counter): Promise<void> {
  try {
    await send();
    counter.served += 1;
  } catch (error) {
    counter.failed += 1;
    counter.lastFailure = error instanceof Error ? error.message : String(error);
  }
}
