import { AzureError } from '../model/azure-error.ts';
import type { SubscriptionSpec, Topic } from '../model/topic.ts';
import { parseJsonObject } from './exchange.ts';
import { validateWebhook } from './webhooks.ts';

interface Made {
  readonly subscription: SubscriptionSpec;
  state: 'Creating' | 'Succeeded' | 'Failed';
}

/** The part of an event subscription's body that counts here. */
interface Properties {
  readonly destination?: {
    readonly endpointType?: unknown;
    readonly properties?: { readonly endpointUrl?: unknown };
  };
  readonly eventDeliverySchema?: unknown;
  readonly filter?: {
    readonly includedEventTypes?: readonly string[];
    readonly subjectBeginsWith?: string;
  };
}

/**
 * The topic's event subscriptions as Azure Resource Manager makes them: at once in state `Creating`,
 * and after the handshake with the webhook in state `Succeeded` or `Failed`.
 */
export class EventSubscriptions {
  readonly #topic: Topic;
  readonly #topicId: string;
  readonly #made = new Map<string, Made>();

  constructor(topic: Topic, topicId: string) {
    this.#topic = topic;
    this.#topicId = topicId;
  }

  put(name: string, body: string) {
    const { properties = {} } = parseJsonObject(body) as { properties?: Properties };
    const made: Made = { subscription: subscriptionOf(name, properties), state: 'Creating' };
    this.#made.set(name, made);
    void this.#validate(name, made);
    return this.#json(name, made);
  }

  get(name: string) {
    const made = this.#made.get(name);
    if (made) return this.#json(name, made);
    throw new AzureError(404, 'ResourceNotFound', `Event subscription ${name} does not exist.`);
  }

  /** Whether there was one. */
  remove(name: string): boolean {
    this.#topic.unsubscribe(name);
    return this.#made.delete(name);
  }

  async #validate(name: string, made: Made): Promise<void> {
    const agreed = await validateWebhook(made.subscription.endpoint);
    made.state = agreed ? 'Succeeded' : 'Failed';
    // Meanwhile it may have been removed, or another may have taken its place.
    if (agreed && this.#made.get(name) === made) this.#topic.subscribe(made.subscription);
  }

  #json(name: string, { subscription, state }: Made) {
    const { endpoint, eventTypes, subjectBeginsWith } = subscription;
    const { origin, pathname } = new URL(endpoint);
    return {
      id: `${this.#topicId}/providers/Microsoft.EventGrid/eventSubscriptions/${name}`,
      name,
      type: 'Microsoft.EventGrid/eventSubscriptions',
      properties: {
        topic: this.#topicId,
        provisioningState: state,
        // Its query may carry a secret, which has an operation of its own.
        destination: {
          endpointType: 'WebHook',
          properties: { endpointBaseUrl: origin + pathname },
        },
        filter: { includedEventTypes: eventTypes, subjectBeginsWith },
        eventDeliverySchema: CLOUD_EVENTS,
      },
    };
  }
}

const CLOUD_EVENTS = 'CloudEventSchemaV1_0';

function subscriptionOf(name: string, properties: Properties): SubscriptionSpec {
  const { destination, eventDeliverySchema, filter } = properties;
  const endpoint = destination?.properties?.endpointUrl;
  if (destination?.endpointType !== 'WebHook' || !URL.canParse(String(endpoint))) {
    throw new AzureError(400, 'InvalidRequest', 'The destination is not a webhook with a URL.');
  }
  if (eventDeliverySchema !== CLOUD_EVENTS) {
    throw new AzureError(400, 'InvalidRequest', `Events are delivered as ${CLOUD_EVENTS} here.`);
  }
  const { includedEventTypes, subjectBeginsWith } = filter ?? {};
  return {
    name,
    endpoint: String(endpoint),
    ...(includedEventTypes && { eventTypes: includedEventTypes }),
    ...(subjectBeginsWith && { subjectBeginsWith }),
  };
}
