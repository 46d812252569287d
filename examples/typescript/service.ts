import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RotatingKey, webhookHandler } from 'twinkey/client';
import { required } from './configuration.ts';

/** What the service is there for: answers `GET /` with something to be sent as JSON. */
export type Answer = (query: URLSearchParams) => Promise<unknown>;

/** Requests that take longer than this after SIGTERM are cut off. */
const CLOSING_LIMIT_MS = 10_000;

/**
 * A web service around one key: its route, the way in for the events, its health. SIGTERM ends it in
 * order: no new request, those under way are answered, then the key is let go.
 */
export async function serve(key: RotatingKey, answer: Answer): Promise<void> {
  const takeEvents = webhookHandler([key], { authorize: onlyWith(required('EVENTS_CODE')) });
  const server = createServer((request, response) => {
    const { path, query } = parse(request);
    if (path === '/events') takeEvents(request, response);
    else if (path === '/health') send(response, 200, { fingerprint: key.fingerprint });
    else if (path === '/') void sendAnswer(response, answer(query));
    else send(response, 404, { error: 'There is nothing here.' });
  });
  const close = () => {
    server.close(() => key.close());
    setTimeout(() => server.closeAllConnections(), CLOSING_LIMIT_MS).unref();
  };
  process.once('SIGTERM', close).once('SIGINT', close);
  server.listen(Number(process.env['PORT'] ?? 8080), process.env['HOST']);
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  console.log(`listening http://${address.includes(':') ? `[${address}]` : address}:${port}`);
}

async function sendAnswer(response: ServerResponse, answer: Promise<unknown>): Promise<void> {
  try {
    send(response, 200, await answer);
  } catch (error) {
    console.error(JSON.stringify({ at: new Date(), kind: 'requestFailed', error: String(error) }));
    send(response, 502, { error: 'The AI service did not answer.' });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

/** The URL of the Event Grid subscription is `…/events?code=<EVENTS_CODE>`. */
function onlyWith(code: string): (request: IncomingMessage) => boolean {
  const expected = digest(code);
  return (request) => timingSafeEqual(digest(parse(request).query.get('code') ?? ''), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function parse({ url = '/' }: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path = '/', query] = url.split('?', 2);
  return { path, query: new URLSearchParams(query) };
}
