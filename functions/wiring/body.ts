import type { HttpRequest } from '@azure/functions';
import type * as z from 'zod';
import { parseBody } from '../../shared/api/parse.ts';
import { Problem } from '../../shared/api/problem.ts';

/** Bodies of this API are small; anything larger is a mistake or an attack. */
const BODY_LIMIT_BYTES = 64 * 1024;

/**
 * The request's body, parsed. Throws a `Problem` for what is too large, not JSON or not valid. A body
 * has to be declared as JSON: no page of another site can send that without asking first.
 */
export async function readBody<T>(request: HttpRequest, schema: z.ZodType<T>): Promise<T> {
  checkLength(Number(request.headers.get('content-length') ?? 0));
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    const found = `found '${type.slice(0, 100)}'`;
    throw new Problem('unsupported-media-type', `expected content-type application/json, ${found}`);
  }
  const text = await request.text();
  checkLength(Buffer.byteLength(text));
  return parseBody(schema, text);
}

function checkLength(bytes: number): void {
  if (bytes > BODY_LIMIT_BYTES) {
    const detail = `expected at most ${BODY_LIMIT_BYTES} bytes, found ${bytes}`;
    throw new Problem('body-too-large', detail);
  }
}
