import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { assetNamed, INDEX } from '../shared/dashboard/assets.ts';

/**
 * The page may run its own scripts and styles and talk to its own API; nothing else, from nowhere
 * else, and no other site may put it into a frame.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Asked again each time, answered with 304: a new deployment shows at once.
  'cache-control': 'no-cache',
};

/**
 * The operators' page and its files. Open to everyone, as it holds no data: what it shows comes from
 * the API, with the credentials of whoever looks at it.
 */
app.http('dashboard', {
  route: 'dashboard/{asset?}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: (request) => answer(request),
});

async function answer(request: HttpRequest): Promise<HttpResponseInit> {
  const asset = await assetNamed(request.params['asset'] || INDEX);
  if (!asset) return { status: 404, headers: HEADERS };
  const headers = { ...HEADERS, etag: asset.etag };
  if (isKnown(request.headers.get('if-none-match'), asset.etag)) return { status: 304, headers };
  return { headers: { ...headers, 'content-type': asset.contentType }, body: asset.body };
}

/** A proxy that compresses turns an ETag into a weak one. */
function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return known.includes(etag);
}
