import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  answerWebhook,
  BODY_LIMIT_BYTES,
  type EventKeys,
  type WebhookAnswer,
  type WebhookOptions,
} from './webhook.ts';

/**
 * A `node:http` request listener for an Event Grid subscription, in CloudEvents 1.0 form or in Event
 * Grid's own: answers the validation handshake and hands every event to each of `keys`. Answers 503
 * when one of them could not read its secret, so that Event Grid sends the events again.
 */
export function webhookHandler(keys: EventKeys, options: WebhookOptions = {}): RequestListener {
  return (request, response) => {
    respond(request, keys, options).then(
      (answer) => send(response, answer),
      () => send(response, { status: 500 }),
    );
  };
}

async function respond(
  request: IncomingMessage,
  keys: EventKeys,
  { authorize }: WebhookOptions,
): Promise<WebhookAnswer> {
  if (authorize && !(await authorize(request))) return { status: 401 };
  const webhookRequest = {
    method: request.method,
    header: (name: string) => [request.headers[name]].flat()[0],
    readBody: () => readBody(request),
  };
  return answerWebhook(webhookRequest, keys);
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

function send(response: ServerResponse, { status, headers = {}, body }: WebhookAnswer): void {
  if (!response.headersSent) response.writeHead(status, headers);
  response.end(body);
}
