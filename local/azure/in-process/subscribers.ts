import type { AzureModel } from '../model/azure-model.ts';
import type { CloudEvent } from '../model/cloud-event.ts';
import { DeliveryPump } from '../model/delivery-pump.ts';
import type { SubscriptionSpec } from '../model/topic.ts';

/** Takes an event and answers as a webhook would: with a status. */
export type Subscriber = (event: CloudEvent) => Promise<number>;

/** Delivers the topic's events to functions, with the retries of Event Grid. */
export class Subscribers {
  readonly #model: AzureModel;
  readonly #byEndpoint = new Map<string, Subscriber>();

  constructor(model: AzureModel) {
    this.#model = model;
    new DeliveryPump(model.topic, model.time, async ({ subscription, event }) =>
      this.#byEndpoint.get(subscription.endpoint)?.(event),
    );
  }

  subscribe(subscription: Omit<SubscriptionSpec, 'endpoint'>, subscriber: Subscriber): void {
    const endpoint = `in-process:${subscription.name}`;
    this.#byEndpoint.set(endpoint, subscriber);
    this.#model.topic.subscribe({ ...subscription, endpoint });
  }
}
