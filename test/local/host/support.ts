import { fileURLToPath } from 'node:url';
import { QueueServiceClient } from '@azure/storage-queue';
import { type HostProcess, type SpawnHostOptions, spawnHost } from '../../../local/host/spawn.ts';

import { bundled } from '../../programs.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
export const FUNCTION_KEY = 'key-of-the-tests';

/** A host over one of the fixture apps, with all it has said so far. */
export interface TestHost extends HostProcess {
  lines: string[];
  /** Waits until a line contains the text; answers the first such line. */
  said(text: string): Promise<string>;
}

export async function givenHost(
  fixture: string,
  options: Partial<SpawnHostOptions> = {},
): Promise<TestHost> {
  const lines: string[] = [];
  const host = await spawnHost({
    app: `${bundled(`test/local/host/fixtures/${fixture}`)}/*.mjs`,
    directory: FIXTURES,
    functionKey: FUNCTION_KEY,
    onLine: (line) => lines.push(line),
    ...options,
    arguments: ['--max-polling-interval-ms', '100', ...(options.arguments ?? [])],
  });
  return {
    ...host,
    lines,
    said: (text) =>
      eventually(`the host to say "${text}"`, async () =>
        lines.find((line) => line.includes(text)),
      ).catch((error: Error) => Promise.reject(new Error(`${error.message}\n${lines.join('\n')}`))),
  };
}

/** Asks again and again until there is an answer; gives up after half a minute. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Waited 30 s in vain for ${what}.`);
}

/** Whether a process with this id is running. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A look into the queues from outside, in stored form. */
export function queues(connectionString: string) {
  const service = QueueServiceClient.fromConnectionString(connectionString);
  return {
    put: async (name: string, stored: string) => {
      const queue = service.getQueueClient(name);
      await queue.createIfNotExists();
      await queue.sendMessage(stored);
    },
    /** Waits for this many messages and takes them out of the queue. */
    take: async (name: string, count: number) => {
      const queue = service.getQueueClient(name);
      const taken: string[] = [];
      return eventually(`${count} message(s) in ${name}`, async () => {
        const answer = await queue
          .receiveMessages({ numberOfMessages: count - taken.length, visibilityTimeout: 3600 })
          .catch(() => undefined);
        taken.push(...(answer?.receivedMessageItems ?? []).map((item) => item.messageText));
        return taken.length === count ? taken : undefined;
      });
    },
    count: async (name: string) => {
      const properties = await service.getQueueClient(name).getProperties();
      return properties.approximateMessagesCount ?? 0;
    },
  };
}

export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

export function fromBase64(stored: string): string {
  const text = Buffer.from(stored, 'base64').toString('utf8');
  if (base64(text) !== stored) throw new Error(`Expected base64 on the wire, got "${stored}".`);
  return text;
}
