import type { TimeSource } from '../model/time.ts';
import type { Delivery, Topic } from '../model/topic.ts';

const origin = 'eventgrid.azure.net';
const answerLimitMs = 30_000;

/** Whether a webhook agrees to receive events, by the CloudEvents abuse-protection handshake. */
export async function validateWebhook(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(endpoint, {
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': origin, 'webhook-request-rate': '120' },
      signal: AbortSignal.timeout(answerLimitMs),
    });
    const allowed = answer.headers.get('webhook-allowed-origin');
    return answer.status === 200 && (allowed === '*' || allowed === origin);
  } catch {
    return false;
  }
}

/** Posts a topic's deliveries when they are due and reports back how it went. */
export class WebhookPump {
  readonly #topic: Topic;
  readonly #time: TimeSource;
  readonly #closed = new AbortController();
  #cancelAlarm: () => void = () => {};

  constructor(topic: Topic, time: TimeSource) {
    this.#topic = topic;
    this.#time = time;
  }

  /** Starts what is due and sets the alarm for what comes next. Call it when anything changed. */
  wake(): void {
    this.#cancelAlarm();
    if (this.#closed.signal.aborted) return;
    for (const delivery of this.#topic.takeDue()) void this.#deliver(delivery);
    const nextAt = this.#topic.nextDueAt();
    if (nextAt !== undefined) this.#cancelAlarm = this.#time.schedule(nextAt, () => this.wake());
  }

  close(): void {
    this.#cancelAlarm();
    this.#closed.abort();
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const status = await this.#post(delivery);
    if (this.#closed.signal.aborted) return;
    this.#topic.report(delivery, status);
    this.wake();
  }

  /** The status answered, or undefined when no answer came in time. */
  async #post({ subscription, event, attempts }: Delivery): Promise<number | undefined> {
    const tooLate = new AbortController();
    const limitAt = this.#time.now() + answerLimitMs;
    const cancelLimit = this.#time.schedule(limitAt, () => tooLate.abort());
    try {
      const answer = await fetch(subscription.endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'aeg-event-type': 'Notification',
          'aeg-subscription-name': subscription.name,
          'aeg-delivery-count': String(attempts),
          'webhook-request-origin': origin,
        },
        body: JSON.stringify(event),
        signal: AbortSignal.any([tooLate.signal, this.#closed.signal]),
      });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      return undefined;
    } finally {
      cancelLimit();
    }
  }
}
