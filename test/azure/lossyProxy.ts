import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy that lets requests through and can lose the answer. */
export interface LossyProxy {
  readonly connectionString: string;
  /** Loses the answer of the next request whose path ends like this: it took effect, unseen. */
  loseAnswerTo(pathEnd: string): void;
  /** How many requests with such a path came. */
  count(pathEnd: string): number;
  close(): Promise<void>;
}

/** Puts a proxy in front of the Table service that a connection string names. */
export async function startLossyProxy(connectionString: string): Promise<LossyProxy> {
  const [, target = ''] = /TableEndpoint=(http:..[^/;]+)/.exec(connectionString) ?? [];
  const paths: string[] = [];
  let losing: string | undefined;
  const server = createServer(async (incoming, outgoing) => {
    const path = incoming.url ?? '';
    paths.push(path);
    const answer = await forward(target, incoming);
    if (losing !== undefined && path.endsWith(losing)) {
      losing = undefined;
      incoming.socket.destroy();
    } else {
      copy(answer, outgoing);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: connectionString.replace(target, `http://127.0.0.1:${port}`),
    loseAnswerTo: (pathEnd) => {
      losing = pathEnd;
    },
    count: (pathEnd) => paths.filter((path) => path.endsWith(pathEnd)).length,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly from: IncomingMessage;
  readonly body: Buffer;
}

async function forward(target: string, incoming: IncomingMessage): Promise<Answer> {
  const { method, headers, url } = incoming;
  const outgoing = request(`${target}${url}`, { method, headers });
  incoming.pipe(outgoing);
  const [from] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of from) chunks.push(chunk);
  return { from, body: Buffer.concat(chunks) };
}

function copy({ from, body }: Answer, outgoing: ServerResponse): void {
  const { 'transfer-encoding': _, connection: __, ...headers } = from.headers;
  outgoing.writeHead(from.statusCode ?? 502, { ...headers, 'content-length': body.length });
  outgoing.end(body);
}
