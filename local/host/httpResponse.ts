import type { ServerResponse } from 'node:http';
import type { HttpCookie, HttpData, TypedData } from './rpc.ts';

/** Sends what a function answered; a function that answered nothing gives 204, as in Azure. */
export function writeHttpResponse(response: ServerResponse, http: HttpData | undefined): void {
  if (!http) {
    response.writeHead(204).end();
    return;
  }
  response.statusCode = Number(http.statusCode ?? 200);
  for (const [name, value] of Object.entries(http.headers ?? {})) response.setHeader(name, value);
  if (http.cookies?.length) response.setHeader('set-cookie', http.cookies.map(setCookie));
  response.end(bodyBytes(http.body));
}

function bodyBytes(body: TypedData | null | undefined): Buffer {
  if (!body) return Buffer.alloc(0);
  if (body.bytes) return Buffer.from(body.bytes);
  return Buffer.from(body.string ?? body.json ?? '');
}

const SAME_SITE = { none: undefined, lax: 'Lax', strict: 'Strict', explicitNone: 'None' };

function setCookie(cookie: HttpCookie): string {
  const expires = cookie.expires?.value;
  const attributes: [name: string, value: string | number | boolean | undefined][] = [
    ['Domain', cookie.domain?.value],
    ['Path', cookie.path?.value],
    ['Expires', expires && new Date(expires.seconds * 1000).toUTCString()],
    ['Max-Age', cookie.maxAge?.value],
    ['Secure', cookie.secure?.value],
    ['HttpOnly', cookie.httpOnly?.value],
    ['SameSite', SAME_SITE[cookie.sameSite ?? 'none']],
  ];
  const written = attributes
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`));
  return [`${cookie.name}=${encodeURIComponent(cookie.value)}`, ...written].join('; ');
}
