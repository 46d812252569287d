/** What the model needs to know about time: the current moment, in epoch milliseconds. */
export interface Clock {
  now(): number;
}

/** A clock that can also wait. Latency, late effects and event deliveries hang on it. */
export interface TimeSource extends Clock {
  /** Runs `task` once at `atMs` (at once if that is past). Returns a function that cancels it. */
  schedule(atMs: number, task: () => void): () => void;
}

/** Node fires a longer timer at once; no simulated Azure lives so long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Wall-clock time. `stop` cancels whatever is still waiting, so that a process can end. */
export class RealTime implements TimeSource {
  readonly #timers = new Set<NodeJS.Timeout>();

  now(): number {
    return Date.now();
  }

  schedule(atMs: number, task: () => void): () => void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        task();
      },
      Math.min(LONGEST_TIMER_MS, Math.max(0, atMs - Date.now())),
    );
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

interface Waiting {
  readonly atMs: number;
  readonly task: () => void;
}

/** Time that moves only when told to: tests jump over hours without waiting for them. */
export class ManualTime implements TimeSource {
  #nowMs: number;
  readonly #waiting = new Set<Waiting>();
  #watchers: (() => void)[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule(atMs: number, task: () => void): () => void {
    const entry = { atMs: Math.max(atMs, this.#nowMs), task };
    this.#waiting.add(entry);
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
    return () => {
      this.#waiting.delete(entry);
    };
  }

  /** Resolves when something waits for time to pass: the moment to advance it. */
  whenWaiting(): Promise<void> {
    if (this.#waiting.size > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.push(resolve);
    });
  }

  /** When the next task is due; undefined when nothing waits. */
  nextDueAt(): number | undefined {
    return this.#earliest()?.atMs;
  }

  /** Moves on by `ms`, running what falls due on the way in the order of its time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#earliest(); next && next.atMs <= endMs; next = this.#earliest()) {
      this.#waiting.delete(next);
      this.#nowMs = next.atMs;
      next.task();
    }
    this.#nowMs = endMs;
  }

  /** Of several due at the same moment, the one that was scheduled first. */
  #earliest(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const entry of this.#waiting) {
      if (first === undefined || entry.atMs < first.atMs) first = entry;
    }
    return first;
  }
}

export function sleep(time: TimeSource, ms: number): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    time.schedule(time.now() + ms, resolve);
  });
}
