import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponseInit } from '@azure/functions';

/** JSON with an ETag made of its text; 304 when the caller has it already. */
export function conditionalJson(request: HttpRequest, view: unknown): HttpResponseInit {
  const body = JSON.stringify(view);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  const known = (request.headers.get('if-none-match') ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return { status: 304, headers };
  return { headers: { ...headers, 'content-type': 'application/json' }, body };
}
