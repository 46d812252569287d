import { expect, test } from 'vitest';
import type * as z from 'zod';
import {
  fromContinuation,
  holdUntil,
  parseBody,
  parseIdempotencyKey,
  parseQuery,
} from '../../shared/api/parse.ts';
import {
  acknowledgementBody,
  holdBody,
  keylessBody,
  rollbackBody,
  startBody,
} from '../../shared/api/schemas/bodies.ts';
import { historyQuery, planQuery, releaseQuery } from '../../shared/api/schemas/queries.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const SCRIPT = '<script>alert("1")</script>';

function problemsOf(parse: () => unknown): unknown {
  try {
    parse();
  } catch (error) {
    return (error as { extensions: { problems: unknown } }).extensions.problems;
  }
  return 'none';
}

/** A request to replace a leaked key, with a part of it changed. */
function leak(part: object): string {
  return JSON.stringify({ cause: 'compromised', reason: 'leaked', ...part });
}

test.each<[schema: z.ZodType, body: string, ...problems: string[]]>([
  [
    startBody,
    'reason=x',
    'expected a JSON object such as {"reason":"…"}, found text that is no JSON',
  ],
  [startBody, ' ', 'expected a JSON object such as {"reason":"…"}, found nothing'],
  [startBody, '[]', 'expected a JSON object such as {"reason":"…"}, found a list'],
  [holdBody, 'null', 'expected a JSON object such as {"reason":"…"}, found null'],
  [
    acknowledgementBody,
    '"x"',
    `expected a JSON object such as {"subscriber":"…","fingerprint":"…"}, found 'x'`,
  ],
  [startBody, '{}', 'reason: expected a text that says why, found nothing'],
  [startBody, '{"reason":["x"]}', 'reason: expected a text that says why, found a list'],
  [holdBody, '{"reason":"  "}', 'reason: expected a text that says why, found an empty text'],
  [
    rollbackBody,
    JSON.stringify({ reason: 'x'.repeat(501) }),
    'reason: expected at most 500 characters, found 501 characters',
  ],
  [
    rollbackBody,
    '{"reason":"a\\u0007"}',
    "reason: expected a text without control characters, found 'a\\u0007'",
  ],
  [
    startBody,
    '{"cause":"drift","reason":"x"}',
    "cause: expected 'compromised' or 'manual', found 'drift'",
  ],
  [
    startBody,
    '{"reason":"x","slot":"Key1"}',
    "slot: expected only with cause 'compromised', found without it",
  ],
  [startBody, leak({ slot: 'key1' }), "slot: expected 'Key1', 'Key2' or 'both', found 'key1'"],
  [startBody, leak({ overrideHold: 'yes' }), "overrideHold: expected true or false, found 'yes'"],
  [
    startBody,
    leak({ overlap: '-PT5M' }),
    "overlap: expected an ISO 8601 duration from 'PT0S' to 'P10Y', such as 'PT5M', found '-PT5M'",
  ],
  ...['P', 'PT', '-P', 'P0DT', 'P10YT1S'].map((overlap): [typeof startBody, string, string] => [
    startBody,
    leak({ overlap }),
    `overlap: expected an ISO 8601 duration from 'PT0S' to 'P10Y', such as 'PT5M', found '${overlap}'`,
  ]),
  [
    startBody,
    leak({ overlap: 5 }),
    "overlap: expected an ISO 8601 duration such as 'PT5M', found 5",
  ],
  [
    rollbackBody,
    '{"reasn":"x"}',
    'reason: expected a text that says why, found nothing',
    "reasn: expected only the fields 'reason', found another: correct its name or leave it out",
  ],
  [
    acknowledgementBody,
    '{"subscriber":"","fingerprint":"ABC"}',
    'subscriber: expected at least 1 character, found an empty text',
    "fingerprint: expected 12 lower-case hex digits, found 'ABC'",
  ],
  [
    keylessBody,
    '{"reason":"x"}',
    'confirm: expected the `confirm` of the preview, GET …/keyless, found nothing',
  ],
  [
    holdBody,
    '{"reason":"x","until":"tomorrow"}',
    "until: expected an ISO 8601 time such as '2030-01-31T12:00:00Z', found 'tomorrow'",
  ],
])(
  'of the body %# each field is named, with what was expected and what was found',
  (schema, body, ...problems) => {
    expect(problemsOf(() => parseBody(schema, body))).toEqual(problems);
  },
);

test.each([
  ['PT0S', 0],
  ['PT0.001S', 1],
  ['P1DT1S', 86_401_000],
  ['P10Y', 3_650 * 86_400_000],
])('an overlap of %s is one of %i ms', (overlap, ms) => {
  expect(parseBody(startBody, leak({ overlap }))).toMatchObject({ overlap: ms });
});

test('what may be a key is not repeated, be it a value or the name of a field', () => {
  for (const body of [{ subscriber: 'shop', fingerprint: KEY }, { [KEY]: 'x' }]) {
    const problems = problemsOf(() => parseBody(acknowledgementBody, JSON.stringify(body)));
    expect(JSON.stringify(problems)).toContain('32 characters');
    expect(JSON.stringify(problems)).not.toContain(KEY);
  }
});

test('a reason is kept as it is, whatever it would do elsewhere', () => {
  const reason = `${SCRIPT}, =1+1\n\ttwo`;
  expect(parseBody(rollbackBody, JSON.stringify({ reason }))).toEqual({ reason });
});

test.each<[shape: z.ZodRawShape, query: string, ...problems: string[]]>([
  [historyQuery, 'limit=0', "limit: expected 1 to 200, found '0'"],
  [historyQuery, 'format=xml', "format: expected 'json', 'jsonl' or 'csv', found 'xml'"],
  [releaseQuery, 'reason=', 'reason: expected a text that says why, found an empty text'],
  [
    planQuery,
    'days=x&limit=101',
    "days: expected 1 to 3650, found 'x'",
    "limit: expected 1 to 100, found '101'",
  ],
])('of the query %# too', (shape, query, ...problems) => {
  expect(problemsOf(() => parseQuery(shape, new URLSearchParams(query)))).toEqual(problems);
});

test('and of what has no schema', () => {
  const past = '2020-01-01T00:00:00Z';
  expect(problemsOf(() => holdUntil(past, Date.parse(past)))).toEqual([
    `until: expected a time in the future, found '${past}'`,
  ]);
  expect(problemsOf(() => parseIdempotencyKey('a/b'))).toEqual([
    "Idempotency-Key: expected 8 to 64 letters, digits, dashes and underscores, found 'a/b'",
  ]);
  expect(problemsOf(() => fromContinuation('history', 'x'))).toEqual([
    "continuation: expected what the page before gave, found 'x'",
  ]);
});
