import type { IncomingMessage } from 'node:http';
import type { RotatingKey } from './rotatingKey.ts';

/** Event Grid sends at most 1 MB. */
export const BODY_LIMIT_BYTES = 1_048_576;

/** The keys that events are handed to. */
export type EventKeys = Iterable<Pick<RotatingKey, 'handleEvent'>>;

/** How a webhook treats its callers. */
export interface WebhookOptions<Request = IncomingMessage> {
  /**
   * Whether the request may pass, e.g. by the Entra ID token or the secret in the URL's query that
   * the Event Grid subscription was made with. It decides about both handshakes, too: without it,
   * anybody's subscription is agreed to. Default: all may. An event is never more than a hint to
   * read the configured secret again.
   */
  readonly authorize?: (request: Request) => boolean | Promise<boolean>;
}

/** A request as all the ways in show it. */
export interface WebhookRequest {
  readonly method: string | undefined;
  header(name: string): string | null | undefined;
  /** Undefined when the body is longer than {@link BODY_LIMIT_BYTES}. */
  readBody(): Promise<string | undefined>;
}

/** What is answered. */
export interface WebhookAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const ALLOW = { allow: 'OPTIONS, POST' };

/**
 * Answers the validation handshakes of both event schemas and hands every event, single or batched,
 * to each of `keys`. 503 when one of them could not read its secret, so that Event Grid sends the
 * events again. Never rejects but as `readBody` does.
 */
export async function answerWebhook(
  request: WebhookRequest,
  keys: EventKeys,
): Promise<WebhookAnswer> {
  if (request.method === 'OPTIONS') return answerHandshake(request);
  if (request.method !== 'POST') return { status: 405, headers: ALLOW };
  const body = await request.readBody();
  if (body === undefined) return { status: 413, headers: { connection: 'close' } };
  const events = parseEvents(body);
  if (!events) return { status: 400 };
  const validation = answerValidation(events);
  if (validation) return validation;
  return { status: (await handleEvents(events, keys)) ? 200 : 503 };
}

/** Hands `events` to each of `keys`; false when one of them has to be sent again. Never rejects. */
export async function handleEvents(events: readonly unknown[], keys: EventKeys): Promise<boolean> {
  const keyList = [...keys];
  const outcomes = await Promise.all(
    events.flatMap((event) => keyList.map((key) => key.handleEvent(event))),
  );
  return !outcomes.includes('failed');
}

/** CloudEvents "HTTP 1.1 Web Hooks", section 4: abuse protection. */
function answerHandshake(request: WebhookRequest): WebhookAnswer {
  const origin = request.header('webhook-request-origin');
  if (!origin) return { status: 400 };
  const headers = { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' };
  return { status: 200, headers: { ...ALLOW, ...headers } };
}

const VALIDATION_TYPE = 'Microsoft.EventGrid.SubscriptionValidationEvent';
/** A code is a UUID; nothing much longer is sent back. */
const CODE_LIMIT = 128;

/**
 * The handshake of Event Grid's own schema: the code goes back. The event has a `validationUrl` as
 * well, for people; no URL that comes in an event is ever fetched.
 */
function answerValidation(events: readonly unknown[]): WebhookAnswer | undefined {
  const { eventType, data } = (events[0] ?? {}) as Record<string, unknown>;
  if (eventType !== VALIDATION_TYPE) return undefined;
  const { validationCode } = (data ?? {}) as Record<string, unknown>;
  if (typeof validationCode !== 'string' || validationCode.length > CODE_LIMIT) {
    return { status: 400 };
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ validationResponse: validationCode }),
  };
}

function parseEvents(body: string): unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return Array.isArray(parsed) ? parsed : [parsed];
  } catch {
    return undefined;
  }
}
