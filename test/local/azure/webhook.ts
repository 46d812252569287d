import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onEnd } from './given-azure.ts';

interface Received {
  readonly id: string;
  readonly subscription: string | undefined;
  readonly deliveryCount: number;
}

/**
 * A subscriber on loopback. `answers` are its statuses, one for each delivery, the last for ever;
 * `null` never answers.
 */
export async function givenWebhook(answers: (number | null)[] = [200], allowedOrigin?: string) {
  const received: Received[] = [];
  const waiting: { count: number; reached: () => void }[] = [];
  let handshakes: Promise<void> = Promise.resolve();
  const server = createServer((request, response) => {
    if (request.method === 'OPTIONS') {
      if (allowedOrigin) response.setHeader('WebHook-Allowed-Origin', allowedOrigin);
      void handshakes.then(() => response.end());
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = answers.length > 1 ? answers.shift() : answers[0];
      received.push({
        id: JSON.parse(Buffer.concat(chunks).toString()).id,
        subscription: request.headers['aeg-subscription-name'] as string | undefined,
        deliveryCount: Number(request.headers['aeg-delivery-count']),
      });
      for (const { count, reached } of waiting) if (received.length >= count) reached();
      if (status) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    /** Handshakes wait until what is returned is called. */
    holdHandshake: () => {
      let letGo = () => {};
      handshakes = new Promise((resolve) => {
        letGo = resolve;
      });
      return () => letGo();
    },
    /** Resolves when this many deliveries have arrived. */
    reached: (count: number) =>
      new Promise<void>((reached) => {
        if (received.length >= count) reached();
        else waiting.push({ count, reached });
      }),
  };
}
