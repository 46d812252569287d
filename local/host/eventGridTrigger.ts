import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { FunctionKey } from './functionKey.ts';
import type { EventGridTrigger, HostedFunction } from './hostedFunction.ts';
import { readBody } from './httpBody.ts';
import type { Invoker } from './invoker.ts';

/** The address to which Event Grid delivers, in Azure and here. */
const WEBHOOK_PATH = '/runtime/webhooks/eventgrid';

/** Event Grid's own limit for one delivery, 1 MB, with room for a batch's brackets. */
const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

const validationSchema = z.tuple(
  [z.object({ data: z.object({ validationCode: z.string() }) })],
  z.unknown(),
);

export interface EventGridTriggersOptions {
  functions: readonly HostedFunction<EventGridTrigger>[];
  /** Stands for the `eventgrid_extension` system key. */
  key: FunctionKey;
  invoker: Invoker;
}

/** The webhook of all Event Grid functions: handshakes, and one call of the function per event. */
export class EventGridTriggers {
  readonly #options: EventGridTriggersOptions;

  constructor(options: EventGridTriggersOptions) {
    this.#options = options;
  }

  /** Answers false, and leaves the response alone, when the request is for another path. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    if (url.pathname.toLowerCase() !== WEBHOOK_PATH) return false;
    const { status, headers, body } = await this.#answer(request, url);
    response.writeHead(status, headers).end(body);
    return true;
  }

  async #answer(request: IncomingMessage, url: URL): Promise<Answer> {
    if (!this.#options.key.matches(url.searchParams.get('code'))) return { status: 401 };
    const name = url.searchParams.get('functionName')?.toLowerCase();
    const hosted = this.#options.functions.find((one) => one.name.toLowerCase() === name);
    if (!hosted) return { status: 404, body: `Cannot find an Event Grid function "${name}".` };
    if (request.method === 'OPTIONS') return handshake(request);

    const content = parseJson(await readBody(request, BODY_LIMIT_BYTES));
    switch (String(request.headers['aeg-event-type']).toLowerCase()) {
      case 'subscriptionvalidation':
        return validation(content);
      case 'notification':
        return this.#deliver(hosted, content);
      case 'unsubscribe':
        return { status: 202 };
      default:
        return { status: 400, body: 'Expected the header aeg-event-type: Notification.' };
    }
  }

  /** One failed event fails the delivery: Event Grid then sends all of them again. */
  async #deliver(hosted: HostedFunction<EventGridTrigger>, content: unknown): Promise<Answer> {
    if (typeof content !== 'object' || content === null) {
      return { status: 400, body: 'Expected an event or an array of events.' };
    }
    const events: unknown[] = Array.isArray(content) ? content : [content];
    const outcomes = await Promise.all(
      events.map((event) => {
        const json = JSON.stringify(event);
        return this.#options.invoker.invoke(hosted, {
          input: { json },
          triggerMetadata: { data: { json: JSON.stringify(dataOf(event)) } },
        });
      }),
    );
    return { status: outcomes.every(({ succeeded }) => succeeded) ? 202 : 500 };
  }
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** The CloudEvents webhook handshake: this endpoint agrees to be sent events. */
function handshake(request: IncomingMessage): Answer {
  const origin = request.headers['webhook-request-origin'];
  if (typeof origin !== 'string') {
    return { status: 400, body: 'Expected the header WebHook-Request-Origin.' };
  }
  return {
    status: 200,
    headers: { 'WebHook-Allowed-Origin': origin, 'WebHook-Allowed-Rate': '*' },
  };
}

/** The Event Grid schema's handshake: the code that was sent is sent back. */
function validation(content: unknown): Answer {
  const parsed = validationSchema.safeParse(content);
  if (!parsed.success) return { status: 400, body: 'Expected a SubscriptionValidationEvent.' };
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ validationResponse: parsed.data[0].data.validationCode }),
  };
}

function dataOf(event: unknown): unknown {
  return (event as { data?: unknown } | null)?.data ?? null;
}

function parseJson(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}
