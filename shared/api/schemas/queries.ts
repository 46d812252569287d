import * as z from 'zod';
import { comment } from './forms.ts';

/** Query parameters, by endpoint. */

const continuation = z.string().max(4_000).optional().describe('From the page before.');

/** Lines on a page of history at most. */
const HISTORY_PAGE = 200;
/** Accounts on a page of the plan at most: each is looked at live. */
const PLAN_PAGE = 100;

function limit(most: number) {
  return z.coerce
    .number({ error: `expected 1 to ${most}` })
    .int(`expected 1 to ${most}`)
    .min(1, `expected 1 to ${most}`)
    .max(most, `expected 1 to ${most}`)
    .default(most)
    .describe('Lines on a page at most.');
}

/** `GET /api/history`. */
export const historyForAllQuery = {
  limit: limit(HISTORY_PAGE),
  continuation,
  format: z
    .enum(['json', 'jsonl', 'csv'], { error: "expected 'json', 'jsonl' or 'csv'" })
    .default('json')
    .describe('jsonl and csv: an export of up to 10,000 lines, without pages.'),
};

/** `GET …/history` of an account. */
export const historyQuery = {
  ...historyForAllQuery,
  rotation: z.string().max(64).optional().describe('Lines of one rotation or request alone.'),
};

/** `DELETE …/hold` and `DELETE …/keyless`: many a client sends no body with it. */
export const releaseQuery = {
  reason: comment.optional().describe('Why; kept in the history.'),
};

/** `GET /api/plan`. */
export const planQuery = {
  days: z.coerce
    .number({ error: 'expected 1 to 3650' })
    .int('expected 1 to 3650')
    .min(1, 'expected 1 to 3650')
    .max(3650, 'expected 1 to 3650')
    .optional()
    .describe('Leaves out what comes later than in so many days.'),
  limit: limit(PLAN_PAGE),
  continuation,
  format: z
    .enum(['json', 'ics'], { error: "expected 'json' or 'ics'" })
    .optional()
    .describe('ics, or `Accept: text/calendar`: a calendar from what the last passes said.'),
};
