import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerCertificate } from './certificates.ts';

/** A port on 127.0.0.1. Nothing is answered until `serve` says how. */
export interface Listener {
  /** Without a trailing slash. */
  readonly origin: string;
  serve(handler: RequestListener): void;
  close(): Promise<void>;
}

/** Azure's load balancers leave idle connections open for so long; Node's 5 seconds end them under way. */
const KEEP_ALIVE_MS = 4 * 60_000;

/** Opens the port (0: any free one); https when there is a certificate, plain http without. */
export async function listen(
  purpose: string,
  port: number,
  certificate?: ServerCertificate,
): Promise<Listener> {
  const server: Server = certificate
    ? createHttpsServer({ key: certificate.keyPem, cert: certificate.certPem })
    : createHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const busy = `Port ${port} is in use: choose another port for the simulated ${purpose}.`;
      reject(error.code === 'EADDRINUSE' ? new Error(busy, { cause: error }) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: openPort } = server.address() as AddressInfo;
  return {
    origin: `${certificate ? 'https' : 'http'}://127.0.0.1:${openPort}`,
    serve: (handler) => server.on('request', handler),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Hung calls and kept-alive connections would hold the server open for ever.
        server.closeAllConnections();
      }),
  };
}
