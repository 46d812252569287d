import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acknowledgementBody } from '../../shared/api/schemas/bodies.ts';

/** What an app sent to the place of acknowledgements. */
export interface Received {
  readonly path: string;
  readonly functionKey: string | undefined;
  readonly subscriber: string;
  readonly fingerprint: string;
}

/** Twinkey's HTTP API as far as apps use it: it takes acknowledgements as the service does. */
export interface TwinkeyApi {
  /** With a path behind it, as in Azure. */
  readonly url: string;
  readonly origin: string;
  readonly received: readonly Received[];
  /** Statuses of the next answers; then 200. */
  answerNext(...statuses: number[]): void;
  /** Resolves when this many requests have come, ever. */
  untilReceived(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startTwinkeyApi(): Promise<TwinkeyApi> {
  const received: Received[] = [];
  const statuses: number[] = [];
  let waiting: { count: number; reached: () => void }[] = [];
  const server = createServer(async (request, response) => {
    const status = statuses.shift() ?? 200;
    try {
      received.push(await read(request));
      // Wherever a redirect leads, a client that follows it shows up here once more.
      response.writeHead(status, { location: `${origin}/api/accounts/elsewhere` }).end();
    } catch {
      response.writeHead(400).end();
    }
    for (const { count, reached } of waiting) if (received.length >= count) reached();
    waiting = waiting.filter(({ count }) => received.length < count);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/api`,
    origin,
    received,
    answerNext: (...next) => void statuses.push(...next),
    untilReceived: (count) =>
      new Promise((reached) => {
        if (received.length >= count) reached();
        else waiting.push({ count, reached });
      }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const path = `${request.method} ${request.url}`;
  const functionKey = request.headers['x-functions-key']?.toString();
  if (request.method !== 'POST') return { path, functionKey, subscriber: '', fingerprint: '' };
  return {
    path,
    functionKey,
    ...acknowledgementBody.parse(JSON.parse(String(Buffer.concat(chunks)))),
  };
}
