import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FunctionKey } from './functionKey.ts';
import type { HostedFunction, HttpTrigger } from './hostedFunction.ts';
import { readBody } from './httpBody.ts';
import { writeHttpResponse } from './httpResponse.ts';
import type { Invoker } from './invoker.ts';
import { Route } from './route.ts';
import type { HttpData } from './rpc.ts';

/**
 * Only the platform's own authentication may set these; `req.user` believes them, so they are taken
 * off whatever comes in from outside.
 */
const PRINCIPAL_HEADERS = /^x-ms-client-principal/i;

export interface HttpTriggersOptions {
  functions: readonly HostedFunction<HttpTrigger>[];
  routePrefix: string;
  key: FunctionKey;
  bodyLimitBytes: number;
  /** Whoever calls stands for the platform. */
  trustPrincipal: boolean;
  invoker: Invoker;
}

interface Endpoint {
  hosted: HostedFunction<HttpTrigger>;
  route: Route;
}

/** The HTTP functions of an app: finds the one a request is for and lets it answer. */
export class HttpTriggers {
  readonly #options: HttpTriggersOptions;
  readonly #endpoints: Endpoint[];

  constructor(options: HttpTriggersOptions) {
    this.#options = options;
    this.#endpoints = options.functions
      .map((hosted) => {
        const template = hosted.trigger.route ?? hosted.name;
        return { hosted, route: new Route(`${options.routePrefix}/${template}`) };
      })
      .sort((a, b) => Route.compare(a.route, b.route));
  }

  /** Answers false, and leaves the response alone, when no function has this path and method. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    for (const { hosted, route } of this.#endpoints) {
      const parameters = route.match(url.pathname);
      if (!parameters || !hosted.trigger.methods.includes(request.method ?? '')) continue;
      await this.#answer(hosted, parameters, request, response, url);
      return true;
    }
    return false;
  }

  async #answer(
    hosted: HostedFunction<HttpTrigger>,
    parameters: Record<string, string>,
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
  ): Promise<void> {
    if (!this.#isAllowed(hosted, request, url)) {
      response.writeHead(401).end();
      return;
    }
    const { bodyLimitBytes, trustPrincipal } = this.#options;
    const body = await readBody(request, bodyLimitBytes);
    if (!body) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const headers = Object.entries(request.headers).filter(
      ([name]) => trustPrincipal || !PRINCIPAL_HEADERS.test(name),
    );
    const http = {
      ...httpData(request, url, parameters, body),
      nullableHeaders: nullable(headers.map(([name, value]) => [name, String(value ?? '')])),
    };
    const outcome = await this.#options.invoker.invoke(hosted, { input: { http } });
    if (outcome.succeeded) writeHttpResponse(response, outcome.returnValue?.http);
    else response.writeHead(500).end();
  }

  #isAllowed(hosted: HostedFunction<HttpTrigger>, request: IncomingMessage, url: URL): boolean {
    if (hosted.trigger.authLevel === 'anonymous') return true;
    const header = request.headers['x-functions-key'];
    const presented = typeof header === 'string' ? header : url.searchParams.get('code');
    return this.#options.key.matches(presented);
  }
}

/** Repeated query parameters and headers arrive joined by commas, as they do in Azure. */
function httpData(
  request: IncomingMessage,
  url: URL,
  parameters: Record<string, string>,
  bytes: Buffer,
): Omit<HttpData, 'nullableHeaders'> {
  const queryNames = [...new Set(url.searchParams.keys())];
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableParams: nullable(Object.entries(parameters)),
    nullableQuery: nullable(queryNames.map((name) => [name, url.searchParams.getAll(name).join()])),
    body: { bytes },
  };
}

function nullable(entries: [string, string][]): Record<string, { value: string }> {
  return Object.fromEntries(entries.map(([name, value]) => [name, { value }]));
}
