import { setTimeout as delay } from 'node:timers/promises';

/** Node's timers cannot count further than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits until a moment (ms since 1970) or until the signal; answers false when it was the signal. */
export async function waitUntil(moment: number, signal: AbortSignal): Promise<boolean> {
  try {
    do {
      const remaining = Math.max(0, moment - Date.now());
      await delay(Math.min(remaining, LONGEST_TIMER_MS), undefined, { signal });
    } while (Date.now() < moment);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
