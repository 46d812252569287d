import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { vi } from 'vitest';
import { createServerCertificate } from '../../local/azure/wire/certificates.ts';
import { onEnd } from './fixtures.ts';

/** A request as the whole internet, which is this process, received it. */
export interface Received {
  readonly method: string;
  /** Without the query. */
  readonly url: string;
  readonly host: string;
  readonly body: string;
  /** What the bearer token was issued for; undefined without one. */
  readonly scope: string | undefined;
}

/** By default 200 with an empty object. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** What is answered; undefined: what is answered by default. */
export type Answering = (request: Received) => Answer | undefined;

const certificate = await createServerCertificate();

/**
 * Every host of the internet, behind an HTTPS proxy as companies have them, so that the SDKs' clients
 * ask for the addresses that they ask for in production. Hosts that begin with `login.` issue tokens
 * that tell their scope, unless `answering` says otherwise. The addresses asked for are kept, in order.
 */
export async function givenInternet(answering: Answering = () => undefined) {
  const received: Received[] = [];
  const site = createHttpsServer({ key: certificate.keyPem, cert: certificate.certPem });
  site.on('request', async (message: IncomingMessage, response) => {
    const request = await receive(message);
    received.push(request);
    const isEntra = request.host.startsWith('login.');
    const answer = answering(request) ?? (isEntra ? entra(request) : {});
    const { status = 200, headers = {}, body = {} } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  });
  const proxy = createHttpServer().on('connect', (_, socket: Socket) => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    site.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onEnd(async () => {
    site.closeAllConnections();
    proxy.closeAllConnections();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${port}`);
  return { received };
}

async function receive(message: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const { host = '', authorization } = message.headers;
  return {
    method: String(message.method),
    url: `https://${host}${String(message.url).split('?')[0]}`,
    host,
    body: Buffer.concat(chunks).toString(),
    scope: authorization?.replace(/^Bearer token-for:/, ''),
  };
}

/** The parts of Entra ID that a service principal meets. */
function entra({ host, url, body }: Received): Answer {
  const authority = `https://${host}/${new URL(url).pathname.split('/')[1]}`;
  if (url.endsWith('/.well-known/openid-configuration')) {
    const endpoints = {
      token_endpoint: `${authority}/oauth2/v2.0/token`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
      issuer: `${authority}/v2.0`,
      jwks_uri: `${authority}/discovery/v2.0/keys`,
    };
    return { body: endpoints };
  }
  const scope = new URLSearchParams(body).get('scope');
  return {
    body: { token_type: 'Bearer', expires_in: 3599, access_token: `token-for:${scope}` },
  };
}
