import type { DequeuedMessageItem } from '@azure/storage-queue';
import { errorText } from './hostError.ts';
import type { HostedFunction, QueueTrigger } from './hostedFunction.ts';
import type { QueueConfiguration } from './hostJson.ts';
import type { Listener } from './listener.ts';
import type { Logger } from './logger.ts';
import type { MessageQueue } from './messageQueue.ts';
import { waitUntil } from './wait.ts';

/** The shortest pause between two looks into an empty queue, as in Azure. */
const MIN_POLLING_INTERVAL_MS = 100;

export interface QueueListenerOptions {
  hosted: HostedFunction<QueueTrigger>;
  queue: MessageQueue;
  configuration: QueueConfiguration;
  /** How long a fetched message is hidden from others, 10 minutes in Azure. */
  hiddenMs: number;
  /** Works on one message to the end. Never throws. */
  process: (message: DequeuedMessageItem) => Promise<void>;
  logger: Logger;
}

/**
 * Polls one queue for one function: a batch is worked on at once, the next is fetched when few
 * enough are left, and an empty queue is asked less and less often.
 */
export class QueueListener implements Listener {
  readonly #options: QueueListenerOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #polling: Promise<void> | undefined;

  constructor(options: QueueListenerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#options.queue.client.createIfNotExists();
    this.#polling = this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
    await Promise.all(this.#running);
  }

  async #poll(): Promise<void> {
    const { maxPollingIntervalMs, newBatchThreshold } = this.#options.configuration;
    const { signal } = this.#stopping;
    let pauseMs = MIN_POLLING_INTERVAL_MS;
    while (!signal.aborted) {
      if (this.#running.size > newBatchThreshold) {
        await Promise.race(this.#running);
        continue;
      }
      const messages = await this.#receive();
      for (const message of messages) this.#track(this.#options.process(message));
      if (messages.length > 0) {
        pauseMs = MIN_POLLING_INTERVAL_MS;
      } else {
        await waitUntil(Date.now() + pauseMs, signal);
        pauseMs = Math.min(pauseMs * 2, Math.max(maxPollingIntervalMs, MIN_POLLING_INTERVAL_MS));
      }
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  async #receive(): Promise<DequeuedMessageItem[]> {
    const { queue, configuration, hiddenMs, hosted, logger } = this.#options;
    try {
      const answer = await queue.client.receiveMessages({
        numberOfMessages: configuration.batchSize,
        visibilityTimeout: Math.ceil(hiddenMs / 1000),
        abortSignal: this.#stopping.signal,
      });
      return answer.receivedMessageItems;
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        logger.host('warning', `Could not poll the queue: ${errorText(error)}`, hosted.name);
      }
      return [];
    }
  }
}
