import type { BlobLock, HeldLock } from './blobLock.ts';
import { errorText } from './hostError.ts';
import type { HostedFunction, TimerTrigger } from './hostedFunction.ts';
import type { Invoker, Outcome } from './invoker.ts';
import type { Listener } from './listener.ts';
import type { Logger } from './logger.ts';
import { retryDelayMs } from './retry.ts';
import type { RetryContext } from './rpc.ts';
import type { Schedule, ScheduleStatus } from './schedule.ts';
import type { TimerStatusStore } from './timerStatusStore.ts';
import { waitUntil } from './wait.ts';

/** How often a host that does not have the lock asks for it. */
const LOCK_POLLING_MS = 1000;

export interface TimerListenerOptions {
  hosted: HostedFunction<TimerTrigger>;
  schedule: Schedule;
  lock: BlobLock;
  status: TimerStatusStore;
  invoker: Invoker;
  logger: Logger;
}

/**
 * Fires one timer function, on one host at a time:
 *
 *   wait for the lock → read the status → (past due? run at once) → wait for Next → run → …
 *
 * A run that takes longer than the schedule's pace swallows the occurrences it covers: one run
 * follows at once, however many there were.
 */
export class TimerListener implements Listener {
  readonly #options: TimerListenerOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: TimerListenerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop = this.#takeTurns();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #takeTurns(): Promise<void> {
    const { hosted, lock, logger } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let held: HeldLock | undefined;
      try {
        held = await lock.tryAcquire();
        if (held) await this.#fireWhile(held);
      } catch (error) {
        logger.host('warning', `Timer interrupted: ${errorText(error)}`, hosted.name);
      } finally {
        await held?.release();
      }
      await waitUntil(Date.now() + LOCK_POLLING_MS, signal);
    }
  }

  /** Returns when the lock is lost or the host stops. */
  async #fireWhile(held: HeldLock): Promise<void> {
    const { hosted, schedule, status: store, logger } = this.#options;
    const end = AbortSignal.any([held.lost, this.#stopping.signal]);
    const now = Date.now();
    const isMonitored = hosted.trigger.useMonitor && schedule.isMonitored(now);
    const stored = isMonitored ? await store.read() : undefined;
    let status = stored ? schedule.resumedStatus(stored) : schedule.initialStatus(now);
    if (isMonitored && !stored) await store.write(status);

    logger.host('information', `Timer started, next run at ${status.Next}`, hosted.name);
    let isPastDue = stored !== undefined && now > Date.parse(status.Next);
    let isDue = isPastDue || hosted.trigger.runOnStartup;
    while (isDue || (await waitUntil(Date.parse(status.Next), end))) {
      if (!held.isHeld(Date.now())) return;
      const ranAt = Date.now();
      await this.#run(isMonitored ? status : null, isPastDue, end);
      status = schedule.statusAfterRun(status, ranAt);
      if (isMonitored) await store.write(status);
      isPastDue = false;
      isDue = false;
    }
  }

  /** One occurrence, with the retries that the function's own policy allows. */
  async #run(status: ScheduleStatus | null, isPastDue: boolean, end: AbortSignal): Promise<void> {
    const { hosted, invoker } = this.#options;
    const policy = hosted.metadata.retryOptions;
    const timer = {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: status,
      IsPastDue: isPastDue,
    };
    const input = { json: JSON.stringify(timer) };
    let outcome = await invoker.invoke(hosted, { input });
    for (let retryCount = 1; !outcome.succeeded; retryCount += 1) {
      const delayMs = retryDelayMs(policy, retryCount);
      if (delayMs === undefined || !(await waitUntil(Date.now() + delayMs, end))) return;
      const retryContext = retryContextOf(outcome, retryCount, policy?.maxRetryCount ?? 0);
      outcome = await invoker.invoke(hosted, { input, retryContext });
    }
  }
}

function retryContextOf(
  { error }: Extract<Outcome, { succeeded: false }>,
  retryCount: number,
  maxRetryCount: number,
): RetryContext {
  const message = error instanceof Error ? error.message : String(error);
  const exception = { message, source: '', stackTrace: errorText(error) };
  return { retryCount, maxRetryCount, exception };
}
