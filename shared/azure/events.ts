import type { TokenCredential } from '@azure/core-auth';
import { EventGridPublisherClient } from '@azure/eventgrid';
import type { RotationEvent } from '../core/events.ts';
import type { Events } from '../service/ports.ts';
import { callWithin, repeatable } from './calls.ts';

/** What {@link TopicEvents} needs. */
export interface TopicEventsOptions {
  readonly topicEndpoint: string;
  /** What its tokens are for; the SDK would ask for the public cloud's in every cloud. */
  readonly topicScope: string;
  readonly credential: TokenCredential;
  readonly callTimeoutMs: number;
}

/** Event Grid takes 1 MB a request; room is left for the SDK's own attributes. */
const BATCH_BYTES = 900_000;

/** The port {@link Events} by an Event Grid custom topic that takes CloudEvents. */
export class TopicEvents implements Events {
  readonly #client: EventGridPublisherClient<'CloudEvent'>;
  readonly #callTimeoutMs: number;

  constructor({ topicEndpoint, topicScope, credential, callTimeoutMs }: TopicEventsOptions) {
    this.#client = new EventGridPublisherClient(
      topicEndpoint,
      'CloudEvent',
      { getToken: (_, options) => credential.getToken(topicScope, options) },
      repeatable(callTimeoutMs),
    );
    this.#callTimeoutMs = callTimeoutMs;
  }

  async send(events: readonly RotationEvent[]): Promise<void> {
    for (const batch of batches(events)) {
      const cloudEvents = batch.map((event) => ({ ...event, time: new Date(event.time) }));
      await callWithin(this.#callTimeoutMs, `send ${batch.length} events`, (abortSignal) =>
        this.#client.send(cloudEvents, { abortSignal }),
      );
    }
  }
}

function* batches(events: readonly RotationEvent[]): Generator<RotationEvent[]> {
  let batch: RotationEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event)) + 1;
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
