import type { TokenCredential } from '@azure/core-auth';
import type { QueueClient } from '@azure/storage-queue';
import { Failure } from '../core/failures.ts';
import { askedQueueOf, isAsked, type LaterPass, type LaterPasses } from '../service/queuePorts.ts';
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

/** The port {@link LaterPasses} by the storage queues themselves: the Functions binding puts nothing off. */
export class LaterQueue implements LaterPasses {
  readonly #name: string;
  readonly #options: LaterQueueOptions;
  readonly #opened = new Map<string, Promise<QueueClient>>();

  /** `name`: of the queue that ticks fill. */
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
    const name = isAsked(message) ? askedQueueOf(this.#name) : this.#name;
    const visibilityTimeout = Math.round(delayMs / 1000);
    const put = () =>
      callWithin(this.#options.callTimeoutMs, 'put a message', async (abortSignal) => {
        const queue = await this.#open(name);
        await queue.sendMessage(text, { visibilityTimeout, abortSignal });
      });
    try {
      await put();
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'notFound') throw error;
      await (await this.#open(name)).createIfNotExists();
      await put();
    }
  }

  /** The SDK is loaded when it is first needed: most invocations put nothing off. */
  #open(name: string): Promise<QueueClient> {
    const opened = this.#opened.get(name) ?? this.#newClient(name);
    this.#opened.set(name, opened);
    return opened;
  }

  async #newClient(name: string): Promise<QueueClient> {
    const { storage, credential, callTimeoutMs } = this.#options;
    const { QueueClient } = await import('@azure/storage-queue');
    const retryOptions = { maxTries: 3, tryTimeoutInMs: callTimeoutMs, maxRetryDelayInMs: 2_000 };
    if ('connectionString' in storage) {
      return new QueueClient(storage.connectionString, name, { retryOptions });
    }
    const url = `${storage.queueServiceUrl}/${name}`;
    return new QueueClient(url, credential, { retryOptions });
  }
}
