import { type QueueClient, RestError } from '@azure/storage-queue';
import type { QueueConfiguration } from './hostJson.ts';

/** A Storage queue that stores text the way host.json's `messageEncoding` says. */
export class MessageQueue {
  readonly client: QueueClient;
  readonly #encoding: QueueConfiguration['messageEncoding'];

  constructor(client: QueueClient, encoding: QueueConfiguration['messageEncoding']) {
    this.client = client;
    this.#encoding = encoding;
  }

  async send(text: string): Promise<void> {
    await this.sendStored(this.#encoding === 'base64' ? toBase64(text) : text);
  }

  /** Sends a body that is encoded already; makes the queue when there is none yet. */
  async sendStored(stored: string): Promise<void> {
    try {
      await this.client.sendMessage(stored);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.client.createIfNotExists();
      await this.client.sendMessage(stored);
    }
  }

  /** The text of a stored body; undefined when it is not in the expected encoding. */
  decode(stored: string): string | undefined {
    if (this.#encoding === 'none') return stored;
    const text = Buffer.from(stored, 'base64').toString('utf8');
    return toBase64(text) === stored ? text : undefined;
  }
}

/** The service answered that the queue or the message is not there (any more). */
export function isNotFound(error: unknown): boolean {
  return error instanceof RestError && error.statusCode === 404;
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
