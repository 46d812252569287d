import {
  answerWebhook,
  BODY_LIMIT_BYTES,
  type EventKeys,
  handleEvents,
  type WebhookAnswer,
  type WebhookOptions,
} from './webhook.ts';

/**
 * A handler for `app.eventGrid` of Azure Functions, in either event schema; the platform answers the
 * handshake and knows its callers. Rejects when one of `keys` could not read its secret, so that
 * Event Grid sends the event again.
 */
export function eventGridHandler(keys: EventKeys): (event: unknown) => Promise<void> {
  return async (event) => {
    if (await handleEvents([event].flat(), keys)) return;
    throw new Error('Key Vault could not be read: the event has to be sent again.');
  };
}

/** As much of the Functions' `HttpRequest` as is needed here. */
export interface FunctionsRequest {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/**
 * A handler for `app.http` of Azure Functions with the methods OPTIONS and POST: what
 * {@link webhookHandler} is to a Node server. With `authLevel: 'function'` the platform lets only those in who
 * have the function key, which the subscription's URL carries as `code`.
 */
export function httpTriggerHandler<Request extends FunctionsRequest>(
  keys: EventKeys,
  { authorize }: WebhookOptions<Request> = {},
): (request: Request) => Promise<WebhookAnswer> {
  return async (request) => {
    if (authorize && !(await authorize(request))) return { status: 401 };
    const webhookRequest = {
      method: request.method,
      header: (name: string) => request.headers.get(name),
      readBody: () => readBody(request),
    };
    return answerWebhook(webhookRequest, keys);
  };
}

async function readBody(request: FunctionsRequest): Promise<string | undefined> {
  const body = await request.text();
  return Buffer.byteLength(body) > BODY_LIMIT_BYTES ? undefined : body;
}
