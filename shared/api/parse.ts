import * as z from 'zod';
import { Problem } from './problem.ts';
import { found, notAnObject, problemsIn } from './wording.ts';

/** Parses a body. Throws a `Problem` that names every field that is off. */
export function parseBody<T>(schema: z.ZodType<T>, text: string): T {
  return check(schema, parseJson(schema, text));
}

/** Parses query parameters; one that is not there is undefined. Throws a `Problem`. */
export function parseQuery<T extends z.ZodRawShape>(
  shape: T,
  query: URLSearchParams,
): z.output<z.ZodObject<T>> {
  const known = Object.keys(shape).map((name) => [name, query.get(name) ?? undefined]);
  return check(z.object(shape), Object.fromEntries(known));
}

/** Parses the `Idempotency-Key` header, which becomes the request's and the rotation's id. */
export function parseIdempotencyKey(header: string | null): string | undefined {
  if (header === null) return undefined;
  if (/^[A-Za-z0-9_-]{8,64}$/.test(header)) return header;
  const expected = '8 to 64 letters, digits, dashes and underscores';
  throw invalid(`Idempotency-Key: expected ${expected}, found ${found(header)}`);
}

/** Parses a rotation's id from a path. Throws a `Problem` for what cannot be one. */
export function parseRotationId(text: string | undefined): string {
  if (text !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(text)) return text;
  throw new Problem('unknown-rotation', `expected the id of a rotation, found ${found(text)}`);
}

/** Parses a brake's id from a path. Throws a `Problem` for what cannot be one. */
export function parseBrakeId(text: string | undefined): string {
  if (text !== undefined && /^[a-z0-9.-]{1,300}$/.test(text)) return text;
  throw invalid(`brake: expected the id of a brake, found ${found(text)}`);
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(...problemsIn(schema, value));
}

function parseJson(schema: z.ZodType, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(notAnObject(schema, text.trim() === '' ? 'nothing' : 'text that is no JSON'));
  }
}

function invalid(...problems: string[]): Problem {
  return new Problem('invalid-request', problems.join('; '), { problems });
}

/** The end of a hold in epoch ms; null: until released. Throws a `Problem` unless it is ahead. */
export function holdUntil(until: string | null | undefined, now: number): number | null {
  if (until === null || until === undefined) return null;
  const at = Date.parse(until);
  if (at > now) return at;
  throw invalid(`until: expected a time in the future, found ${found(until)}`);
}

/** What is read in pages. */
type Paged = 'history' | 'plan';

/** An opaque continuation that stands for `place`, where a page ended; null: it was the last. */
export function toContinuation(of: Paged, place: string | undefined): string | null {
  return place === undefined ? null : Buffer.from(`${of}:${place}`).toString('base64url');
}

/** What {@link toContinuation} was given. Throws a `Problem` for what was never one of its answers. */
export function fromContinuation(of: Paged, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [kind, ...place] = Buffer.from(text, 'base64url').toString().split(':');
  if (kind === of && place.length > 0) return place.join(':');
  throw invalid(`continuation: expected what the page before gave, found ${found(text)}`);
}
