import type { IncomingMessage, ServerResponse } from 'node:http';
import { AzureError } from '../model/azure-error.ts';

/** Larger than any limit a service has, so that each can refuse in its own words. */
const bodyLimitBytes = 4 * 1024 * 1024;

/** A request, read completely. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  /** The client's address. */
  readonly address: string;
  header(name: string): string | undefined;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  /** Sent as JSON, a string as plain text; nothing when left out. */
  readonly body?: unknown;
}

export async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyLimitBytes) chunks.push(chunk);
  }
  if (bytes > bodyLimitBytes) {
    throw new AzureError(413, 'RequestEntityTooLarge', 'The request body is too large.');
  }
  return {
    method: incoming.method ?? 'GET',
    url: new URL(incoming.url ?? '/', `https://${incoming.headers.host ?? '127.0.0.1'}`),
    body: Buffer.concat(chunks).toString(),
    address: incoming.socket.remoteAddress ?? '',
    header: (name) => {
      const value = incoming.headers[name.toLowerCase()];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new AzureError(400, 'InvalidRequestContent', `Not JSON: ${(error as Error).name}.`);
  }
}

/** The body as a JSON object; services answer 400 to anything else. */
export function parseJsonObject(body: string): Record<string, unknown> {
  const parsed = parseJson(body);
  if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  throw new AzureError(400, 'InvalidRequestContent', 'The body is not a JSON object.');
}

/** The token of `Authorization: Bearer …`, if there is one. */
export function bearerOf(request: WireRequest): string | undefined {
  return request.header('authorization')?.match(/^Bearer (.+)$/i)?.[1];
}

export function send(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const contentType = typeof body === 'string' ? 'text/plain' : 'application/json; charset=utf-8';
  response.writeHead(status, {
    ...(text === undefined ? {} : { 'content-type': contentType }),
    ...headers,
  });
  response.end(text);
}

/** Azure's common error body, `innererror` included where there is one. */
export function errorAnswer(error: AzureError): WireAnswer {
  const { status, code, message, innerCode, retryAfterSeconds } = error;
  const innererror = innerCode === undefined ? {} : { innererror: { code: innerCode } };
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status, headers, body: { error: { code, message, ...innererror } } };
}
