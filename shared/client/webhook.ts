import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { EventOutcome, RotatingKey } from './rotatingKey.ts';

/** Event Grid sends at most 1 MB. */
const BODY_LIMIT_BYTES = 1_048_576;

/** How a webhook treats its callers. */
export interface WebhookOptions {
  /**
   * Whether the request may pass, e.g. by the Entra ID token or the secret in the URL's query that
   * the Event Grid subscription was made with. Default: all may. An event is never more than a hint
   * to read the configured secret again.
   */
  readonly authorize?: (request: IncomingMessage) => boolean | Promise<boolean>;
}

/**
 * A `node:http` request listener for an Event Grid subscription in CloudEvents 1.0 form: answers the
 * validation handshake and passes every event, single or batched, to each of `keys`. Answers 503
 * when one of them could not read its secret, so that Event Grid sends the events again.
 */
export function webhookHandler(
  keys: Iterable<Pick<RotatingKey, 'handleEvent'>>,
  options: WebhookOptions = {},
): RequestListener {
  return (request, response) => {
    respond(request, response, [...keys], options).catch(() => answer(response, 500));
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  keys: readonly Pick<RotatingKey, 'handleEvent'>[],
  { authorize }: WebhookOptions,
): Promise<void> {
  if (authorize && !(await authorize(request))) return answer(response, 401);
  if (request.method === 'OPTIONS') return answerHandshake(request, response);
  if (request.method !== 'POST') return answer(response, 405, { allow: 'OPTIONS, POST' });
  const body = await readBody(request);
  if (body === undefined) return answer(response, 413, { connection: 'close' });
  const events = parseEvents(body);
  if (!events) return answer(response, 400);
  const outcomes = await Promise.all(
    events.flatMap((event) => keys.map((key): Promise<EventOutcome> => key.handleEvent(event))),
  );
  answer(response, outcomes.includes('failed') ? 503 : 200);
}

/** CloudEvents "HTTP 1.1 Web Hooks", section 4: abuse protection. */
function answerHandshake(request: IncomingMessage, response: ServerResponse): void {
  const origin = request.headers['webhook-request-origin'];
  if (typeof origin === 'string') {
    const headers = { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' };
    answer(response, 200, { allow: 'OPTIONS, POST', ...headers });
  } else {
    answer(response, 400);
  }
}

/** Undefined when the body is longer than Event Grid's longest. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Destroying the request on return would take the connection, and so the answer, with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > BODY_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseEvents(body: string): unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return Array.isArray(parsed) ? parsed : [parsed];
  } catch {
    return undefined;
  }
}

function answer(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): void {
  if (!response.headersSent) response.writeHead(status, headers);
  response.end();
}
