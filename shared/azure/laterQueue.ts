import type { TokenCredential } from '@azure/core-auth';
import type { QueueClient } from '@azure/storage-queue';
import { Failure } from '../core/failures.ts';
import type { LaterPass, LaterPasses } from '../service/queuePorts.ts';
import { callWithin } from './calls.ts';
import type { StorageSettings } from './settings.ts';

/** What {@link LaterQueue} needs. */
export interface LaterQueueOptions {
  readonly storage: StorageSettings;
  /** Unused with a connection string. */
  readonly credential: TokenCredential;
  readonly callTimeoutMs: number;
}

/** Messages on their way to the queue at once. */
const AT_ONCE = 32;

/** The port {@link LaterPasses} by the storage queue itself: the Functions binding puts nothing off. */
export class LaterQueue implements LaterPasses {
  readonly #name: string;
  readonly #options: LaterQueueOptions;
  #opened: Promise<QueueClient> | undefined;

  constructor(name: string, options: LaterQueueOptions) {
    this.#name = name;
    this.#options = options;
  }

  async put(passes: readonly LaterPass[]): Promise<void> {
    for (let start = 0; start < passes.length; start += AT_ONCE) {
      await Promise.all(passes.slice(start, start + AT_ONCE).map((one) => this.#putOne(one)));
    }
  }

  async #putOne({ message, delayMs }: LaterPass): Promise<void> {
    const text = Buffer.from(JSON.stringify(message)).toString('base64');
    const visibilityTimeout = Math.round(delayMs / 1000);
    const put = () =>
      callWithin(this.#options.callTimeoutMs, 'put a message', async (abortSignal) => {
        const queue = await this.#open();
        await queue.sendMessage(text, { visibilityTimeout, abortSignal });
      });
    try {
      await put();
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'notFound') throw error;
      await (await this.#open()).createIfNotExists();
      await put();
    }
  }

  /** The SDK is loaded when it is first needed: most invocations put nothing off. */
  #open(): Promise<QueueClient> {
    this.#opened ??= this.#newClient();
    return this.#opened;
  }

  async #newClient(): Promise<QueueClient> {
    const { storage, credential, callTimeoutMs } = this.#options;
    const { QueueClient } = await import('@azure/storage-queue');
    const retryOptions = { maxTries: 3, tryTimeoutInMs: callTimeoutMs, maxRetryDelayInMs: 2_000 };
    if ('connectionString' in storage) {
      return new QueueClient(storage.connectionString, this.#name, { retryOptions });
    }
    const url = `${storage.queueServiceUrl}/${this.#name}`;
    return new QueueClient(url, credential, { retryOptions });
  }
}
