import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueConfiguration } from './hostJson.ts';
import { MessageQueue } from './messageQueue.ts';
import { connectionString, resolveSettings, type Settings } from './settings.ts';

/** The storage accounts behind the app settings: queues of bindings, and the host's own blobs. */
export class Storage {
  readonly #settings: Settings;
  readonly #encoding: QueueConfiguration['messageEncoding'];
  readonly #queues = new Map<string, MessageQueue>();

  constructor(settings: Settings, encoding: QueueConfiguration['messageEncoding']) {
    this.#settings = settings;
    this.#encoding = encoding;
  }

  /** The queue of a binding. `where` names the binding's function in errors about settings. */
  queue(binding: { queueName: string; connection: string }, where: string): MessageQueue {
    const name = resolveSettings(binding.queueName, this.#settings, where).toLowerCase();
    return this.#namedQueue(name, connectionString(binding.connection, this.#settings, where));
  }

  /** Where messages of a queue go that failed too often. */
  poisonQueue(binding: { queueName: string; connection: string }, where: string): MessageQueue {
    return this.queue({ ...binding, queueName: `${binding.queueName}-poison` }, where);
  }

  /** The container in which Azure's host, too, keeps timer status and locks. */
  hostContainer(where: string): ContainerClient {
    const connection = connectionString('AzureWebJobsStorage', this.#settings, where);
    return BlobServiceClient.fromConnectionString(connection).getContainerClient(
      'azure-webjobs-hosts',
    );
  }

  #namedQueue(name: string, connection: string): MessageQueue {
    const key = `${connection} ${name}`;
    const known = this.#queues.get(key);
    if (known) return known;
    const service = QueueServiceClient.fromConnectionString(connection);
    const queue = new MessageQueue(service.getQueueClient(name), this.#encoding);
    this.#queues.set(key, queue);
    return queue;
  }
}
