import type { DequeuedMessageItem } from '@azure/storage-queue';
import { errorText } from './hostError.ts';
import type { HostedFunction, QueueTrigger } from './hostedFunction.ts';
import type { QueueConfiguration } from './hostJson.ts';
import type { Invoker } from './invoker.ts';
import type { Logger } from './logger.ts';
import { isNotFound, type MessageQueue } from './messageQueue.ts';
import type { TypedData } from './rpc.ts';
import { waitUntil } from './wait.ts';

export interface QueueMessageProcessorOptions {
  hosted: HostedFunction<QueueTrigger>;
  queue: MessageQueue;
  poisonQueue: MessageQueue;
  configuration: QueueConfiguration;
  hiddenMs: number;
  invoker: Invoker;
  logger: Logger;
}

/**
 * Takes one fetched message to its end: run and delete, or fail and show again, or — after too many
 * tries — move to the poison queue. A host that dies in between leaves the message hidden, and the
 * queue hands it out again later.
 */
export class QueueMessageProcessor {
  readonly #options: QueueMessageProcessorOptions;

  constructor(options: QueueMessageProcessorOptions) {
    this.#options = options;
  }

  /** Never throws: a message that could not be finished comes back by itself. */
  async process(message: DequeuedMessageItem): Promise<void> {
    try {
      await this.#process(message);
    } catch (error) {
      const text = `Could not finish message ${message.messageId}, it will be seen again: `;
      this.#options.logger.host('error', text + errorText(error), this.#options.hosted.name);
    }
  }

  async #process(message: DequeuedMessageItem): Promise<void> {
    const { hosted, queue, configuration, invoker } = this.#options;
    const { maxDequeueCount, retryHiddenMs, messageEncoding } = configuration;
    const text = queue.decode(message.messageText);
    if (text === undefined) return this.#poison(message, `it is not ${messageEncoding}`);
    if (message.dequeueCount > maxDequeueCount) {
      return this.#poison(message, `it was handed out ${message.dequeueCount} times`);
    }

    const hidden = new HiddenMessage(this.#options, message);
    const outcome = await invoker.invoke(hosted, {
      input: { string: text },
      triggerMetadata: triggerMetadata(message, text),
    });
    await hidden.settle();

    if (outcome.succeeded) return this.#delete(message);
    if (message.dequeueCount >= maxDequeueCount) {
      return this.#poison(message, `it failed ${message.dequeueCount} times`);
    }
    await queue.client.updateMessage(
      message.messageId,
      message.popReceipt,
      undefined,
      Math.ceil(retryHiddenMs / 1000),
    );
  }

  /** Copy first, delete after: a crash in between gives two copies rather than none. */
  async #poison(message: DequeuedMessageItem, reason: string): Promise<void> {
    const { hosted, poisonQueue, logger } = this.#options;
    const text = `Message ${message.messageId} goes to ${poisonQueue.client.name}: ${reason}.`;
    logger.host('warning', text, hosted.name);
    await poisonQueue.sendStored(message.messageText);
    await this.#delete(message);
  }

  async #delete(message: DequeuedMessageItem): Promise<void> {
    try {
      await this.#options.queue.client.deleteMessage(message.messageId, message.popReceipt);
    } catch (error) {
      // Someone else was handed the message meanwhile, so it is theirs to delete.
      if (!isNotFound(error)) throw error;
    }
  }
}

/** Keeps a message hidden while it is worked on. Each renewal changes the message's pop receipt. */
class HiddenMessage {
  readonly #options: QueueMessageProcessorOptions;
  readonly #message: DequeuedMessageItem;
  readonly #settled = new AbortController();
  readonly #renewing: Promise<void>;

  constructor(options: QueueMessageProcessorOptions, message: DequeuedMessageItem) {
    this.#options = options;
    this.#message = message;
    this.#renewing = this.#renew();
  }

  /** Ends the renewals; after this the message's pop receipt no longer changes. */
  async settle(): Promise<void> {
    this.#settled.abort();
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    const { queue, hiddenMs, hosted, logger } = this.#options;
    const message = this.#message;
    while (await waitUntil(Date.now() + hiddenMs / 2, this.#settled.signal)) {
      try {
        const seconds = Math.ceil(hiddenMs / 1000);
        const answer = await queue.client.updateMessage(
          message.messageId,
          message.popReceipt,
          undefined,
          seconds,
        );
        message.popReceipt = answer.popReceipt ?? message.popReceipt;
      } catch (error) {
        const text = `Could not keep message ${message.messageId} hidden: ${errorText(error)}`;
        logger.host('warning', text, hosted.name);
      }
    }
  }
}

function triggerMetadata(message: DequeuedMessageItem, text: string): Record<string, TypedData> {
  const time = (value: Date) => ({ json: JSON.stringify(value) });
  return {
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    DequeueCount: { json: String(message.dequeueCount) },
    InsertionTime: time(message.insertedOn),
    ExpirationTime: time(message.expiresOn),
    NextVisibleTime: time(message.nextVisibleOn),
    QueueTrigger: { string: text },
  };
}
