/**
 * Runs a task for any number of callers with at most one run under way and one waiting. Whoever
 * asks gets a run that *begins after* they asked: a run already under way may have read its answer
 * before the event that makes the caller ask.
 */
export class Coalescer<T> {
  readonly #task: () => Promise<T>;
  #running: Promise<T> | undefined;
  #waiting: Promise<T> | undefined;

  constructor(task: () => Promise<T>) {
    this.#task = task;
  }

  /** The run under way, if there is one. */
  get running(): Promise<T> | undefined {
    return this.#running;
  }

  run(): Promise<T> {
    if (this.#waiting !== undefined) return this.#waiting;
    if (this.#running === undefined) return this.#start();
    this.#waiting = this.#running.then(
      () => this.#startWaiting(),
      () => this.#startWaiting(),
    );
    return this.#waiting;
  }

  #startWaiting(): Promise<T> {
    this.#waiting = undefined;
    return this.#start();
  }

  #start(): Promise<T> {
    const run = this.#task().finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }
}
