import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { runOps } from '../../ops/run.ts';

/** What the stub was sent. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** An answer: an object is sent as JSON, text as it is; `drop` closes the connection instead. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: object | string;
  readonly drop?: boolean;
}

/** Answers by `METHOD /path` without the query; of several answers one after another, the last stays. */
export type Answers = Record<string, Answer | readonly Answer[]>;

/** The function key that the stub's commands send. */
export const STUB_KEY = 'stub-function-key';

/** A service that answers as told, and a way to run commands against it on virtual time. */
export async function givenService(answers: Answers) {
  const received: Received[] = [];
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const { method = '', url = '', headers } = request;
      received.push({ method, path: url, headers, body: text && JSON.parse(text) });
      const name = `${method} ${url.replace(/\?.*/, '')}`;
      const count = asked.get(name) ?? 0;
      asked.set(name, count + 1);
      const listed = [answers[name] ?? problem(404, 'unknown-account', `no ${name}`)].flat();
      send(response, listed[Math.min(count, listed.length - 1)] ?? {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  const run = (...args: string[]) => runCommand(args, { TWINKEY_URL: url });
  return { url, received, run };
}

/** Runs a command as a person would, and tells what they saw. */
export async function runCommand(args: string[], environment: Record<string, string> = {}) {
  const seen = { out: '', error: '', sleptMs: 0 };
  let ids = 0;
  const code = await runOps(args, {
    environment: { TWINKEY_FUNCTION_KEY: STUB_KEY, ...environment },
    fetch,
    write: (text) => {
      seen.out += text;
    },
    writeError: (text) => {
      seen.error += text;
    },
    now: () => NOW + seen.sleptMs,
    sleep: async (ms) => {
      seen.sleptMs += ms;
    },
    newId: () => {
      ids += 1;
      return `request-${ids}`;
    },
    readFile: (path) => {
      if (path === 'key.txt') return `${STUB_KEY}-of-file\n`;
      if (path === 'binary') return 'key\u001b[2J value';
      throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    },
  });
  return { code, ...seen };
}

/** The time at which commands run: 2026-01-10 12:00 UTC. */
export const NOW = Date.UTC(2026, 0, 10, 12);

/** An answer as the service refuses. */
export function problem(status: number, kind: string, detail: string): Answer {
  const body = { type: `urn:twinkey:problem:${kind}`, title: `Title of ${kind}`, status, detail };
  return { status, headers: { 'content-type': 'application/problem+json' }, body };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, { status = 200, headers, body, drop }: Answer): void {
  if (drop) {
    response.destroy();
    return;
  }
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  response.writeHead(status, { connection: 'close', ...headers }).end(text);
}
