import type { TimeSource } from './time.ts';
import type { Delivery, Topic } from './topic.ts';

/** Hands one event to its subscriber: the status answered, or undefined for no answer. */
export type Post = (delivery: Delivery, signal: AbortSignal) => Promise<number | undefined>;

const answerLimitMs = 30_000;

/** Posts a topic's deliveries when they are due and reports back how it went. */
export class DeliveryPump {
  readonly #topic: Topic;
  readonly #time: TimeSource;
  readonly #post: Post;
  readonly #closed = new AbortController();
  #cancelAlarm: () => void = () => {};

  constructor(topic: Topic, time: TimeSource, post: Post) {
    this.#topic = topic;
    this.#time = time;
    this.#post = post;
    topic.onAccepted = () => this.#wake();
  }

  close(): void {
    this.#cancelAlarm();
    this.#closed.abort();
  }

  /** Starts what is due and sets the alarm for what comes next. */
  #wake(): void {
    this.#cancelAlarm();
    if (this.#closed.signal.aborted) return;
    for (const delivery of this.#topic.takeDue()) void this.#deliver(delivery);
    const nextAt = this.#topic.nextDueAt();
    if (nextAt !== undefined) this.#cancelAlarm = this.#time.schedule(nextAt, () => this.#wake());
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const status = await this.#postWithinLimit(delivery);
    if (this.#closed.signal.aborted) return;
    this.#topic.report(delivery, status);
    this.#wake();
  }

  #postWithinLimit(delivery: Delivery): Promise<number | undefined> {
    const tooLate = new AbortController();
    return new Promise((resolve) => {
      const cancelLimit = this.#time.schedule(this.#time.now() + answerLimitMs, () => {
        tooLate.abort();
        resolve(undefined);
      });
      const end = (status?: number) => {
        cancelLimit();
        resolve(status);
      };
      const signal = AbortSignal.any([tooLate.signal, this.#closed.signal]);
      this.#post(delivery, signal).then(end, () => end());
    });
  }
}
