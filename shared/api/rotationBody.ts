import { z } from 'zod';
import { Problem } from './problem.ts';

const body = z.strictObject({
  cause: z.enum(['manual'], { error: "expected 'manual'" }).default('manual'),
  reason: z
    .string({ error: 'expected a text that says why' })
    .trim()
    .min(1, 'expected a text that says why')
    .max(500, 'expected at most 500 characters'),
});

/** What a person sends to start a rotation. */
export type RotationBody = z.infer<typeof body>;

/** Parses the body of `POST …/rotations`. Throws a `Problem` that names every field that is off. */
export function parseRotationBody(text: string): RotationBody {
  const result = body.safeParse(parseJson(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) =>
    [issue.path.join('.'), issue.message].filter(Boolean).join(': '),
  );
  throw new Problem('invalid-request', problems.join('; '), { problems });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const example = `{"cause":"manual","reason":"…"}`;
    throw new Problem('invalid-request', `expected a JSON object such as ${example}`);
  }
}

/** Parses the `Idempotency-Key` header, which becomes the request's and the rotation's id. */
export function parseIdempotencyKey(header: string | null): string | undefined {
  if (header === null) return undefined;
  if (/^[A-Za-z0-9_-]{8,64}$/.test(header)) return header;
  throw new Problem(
    'invalid-request',
    'Idempotency-Key: expected 8 to 64 letters, digits, dashes and underscores',
  );
}
