import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorText, HostError } from './hostError.ts';
import type { Listener } from './listener.ts';
import type { Logger } from './logger.ts';

/** Only this machine can reach the host. */
const ADDRESS = '127.0.0.1';

/** Takes a request if it is one of its own. */
export interface RequestHandler {
  handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean>;
}

/** The host's HTTP front: asks one handler after another, and answers 404 when none took it. */
export class HttpServer implements Listener {
  readonly #server: Server;
  readonly #port: number;

  /** Port 0 takes a free one. */
  constructor(port: number, handlers: readonly RequestHandler[], logger: Logger) {
    this.#port = port;
    this.#server = createServer((request, response) => {
      answer(request, response, handlers).catch((error: unknown) => {
        logger.host('error', `${request.method} request failed: ${errorText(error)}`);
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
  }

  async start(): Promise<void> {
    const { promise, resolve, reject } = withResolvers();
    this.#server.once('error', (error: NodeJS.ErrnoException) => {
      const isBusy = error.code === 'EADDRINUSE';
      const message =
        `--port: expected a free port, found ${this.#port} in use. ` +
        'Stop what is listening there, or choose another with --port.';
      reject(isBusy ? new HostError(message) : error);
    });
    this.#server.listen(this.#port, ADDRESS, resolve);
    await promise;
  }

  /** Known once started. */
  get url(): string {
    return `http://${ADDRESS}:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const { promise, resolve } = withResolvers();
    this.#server.close(() => resolve());
    // A connection whose last answer is still to come must not be kept alive after it.
    this.#server.keepAliveTimeout = 1;
    this.#server.closeIdleConnections();
    await promise;
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: readonly RequestHandler[],
): Promise<void> {
  const url = requestUrl(request);
  if (!url) {
    response.writeHead(400).end();
    return;
  }
  for (const handler of handlers) {
    if (await handler.handle(request, response, url)) return;
  }
  // Azure's host says 404, not 405, when a path exists for other methods only.
  response.writeHead(404).end();
}

function requestUrl(request: IncomingMessage): URL | undefined {
  try {
    return new URL(`http://${request.headers.host ?? ADDRESS}${request.url}`);
  } catch {
    return undefined;
  }
}

function withResolvers() {
  let resolve!: () => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
