import type { CloudEvent } from './cloud-event.ts';
import { afterFailure, type DeadLetterReason } from './retry-schedule.ts';
import type { Clock } from './time.ts';

export interface SubscriptionSpec {
  readonly name: string;
  /** Where events go; meaningful to the front that delivers. */
  readonly endpoint: string;
  /** Only these types; all when left out. */
  readonly eventTypes?: readonly string[];
  readonly subjectBeginsWith?: string;
}

/** One event on its way to one subscriber. */
export interface Delivery {
  readonly subscription: SubscriptionSpec;
  readonly event: CloudEvent;
  readonly acceptedAt: number;
  readonly attempts: number;
  readonly dueAt: number;
}

/** One attempt that ended; `status` is absent when there was no answer. */
export interface DeliveryAttempt {
  readonly at: number;
  readonly subscription: string;
  readonly event: CloudEvent;
  readonly attempt: number;
  readonly status: number | undefined;
}

export interface DeadLetter {
  readonly at: number;
  readonly subscription: string;
  readonly event: CloudEvent;
  readonly reason: DeadLetterReason;
}

/**
 * An Event Grid topic as bookkeeping: what was accepted, and which delivery is due when. A front
 * takes what is due, posts it, and reports how that went. Delivery is at least once, unordered.
 */
export class Topic {
  /** How often each event is delivered. More than one tests that subscribers bear duplicates. */
  copies = 1;
  /** Wakes whoever delivers. */
  onAccepted: () => void = () => {};
  readonly accepted: { readonly at: number; readonly event: CloudEvent }[] = [];
  readonly attempts: DeliveryAttempt[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly #clock: Clock;
  readonly #subscriptions = new Map<string, SubscriptionSpec>();
  #waiting: Delivery[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a subscription, or replaces the one of the same name. Its endpoint must be validated. */
  subscribe(subscription: SubscriptionSpec): void {
    this.#subscriptions.set(subscription.name, subscription);
  }

  unsubscribe(name: string): void {
    this.#subscriptions.delete(name);
    this.#waiting = this.#waiting.filter((delivery) => delivery.subscription.name !== name);
  }

  accept(events: readonly CloudEvent[]): void {
    const now = this.#clock.now();
    for (const event of events) {
      this.accepted.push({ at: now, event });
      for (const subscription of this.#subscriptions.values()) {
        if (!wants(subscription, event)) continue;
        const delivery = { subscription, event, acceptedAt: now, attempts: 0, dueAt: now };
        for (let copy = 0; copy < this.copies; copy += 1) this.#waiting.push({ ...delivery });
      }
    }
    this.onAccepted();
  }

  /** Hands out what is due now. Each must be reported back, or it is lost. */
  takeDue(): Delivery[] {
    const now = this.#clock.now();
    const due = this.#waiting.filter((delivery) => delivery.dueAt <= now);
    this.#waiting = this.#waiting.filter((delivery) => delivery.dueAt > now);
    return due;
  }

  nextDueAt(): number | undefined {
    return this.#waiting.reduce<number | undefined>(
      (earliest, { dueAt }) => Math.min(dueAt, earliest ?? dueAt),
      undefined,
    );
  }

  /** Records an attempt's end: done, due again, or a dead letter. */
  report(delivery: Delivery, status: number | undefined): void {
    const { subscription, event, acceptedAt } = delivery;
    const at = this.#clock.now();
    const attempts = delivery.attempts + 1;
    const record = { at, subscription: subscription.name, event };
    this.attempts.push({ ...record, attempt: attempts, status });
    if (status !== undefined && status >= 200 && status <= 204) return;
    if (this.#subscriptions.get(subscription.name) !== subscription) return;
    const next = afterFailure({ acceptedAt, attempts, now: at, status });
    if ('deadLetter' in next) this.deadLetters.push({ ...record, reason: next.deadLetter });
    else this.#waiting.push({ ...delivery, attempts, dueAt: next.nextAt });
  }
}

function wants(subscription: SubscriptionSpec, event: CloudEvent): boolean {
  const { eventTypes, subjectBeginsWith = '' } = subscription;
  const subject = (event.subject ?? '').toLowerCase();
  return (
    (eventTypes === undefined || eventTypes.includes(event.type)) &&
    subject.startsWith(subjectBeginsWith.toLowerCase())
  );
}
