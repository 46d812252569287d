import { Duration } from 'luxon';
import * as z from 'zod';
import { parseDuration } from '../../core/duration.ts';
import { REASONS, type Reason } from '../../core/reasons.ts';
import { CAUSES, PHASES } from '../../core/record.ts';

/** Small forms that the schemas of bodies and answers are made of. */

export const slot = z.enum(['Key1', 'Key2']);
export const cause = z.enum(CAUSES);
export const phase = z.enum(PHASES);
export const reason = z
  .enum(Object.keys(REASONS) as Reason[])
  .describe('Why: the same words appear in logs, events and history.');
export const time = z.iso.datetime().describe('ISO 8601 in UTC.');
export const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{12}$/, 'expected 12 lower-case hex digits')
  .describe("The first 12 hex digits of a key's SHA-256; never a key.");

/** Why somebody asks for something; kept as text, for whoever shows it to escape. */
export const comment = z
  .string({ error: 'expected a text that says why' })
  .trim()
  .min(1, 'expected a text that says why')
  .max(500, 'expected at most 500 characters')
  // In exports, on terminals and in logs they would do something instead of being shown.
  .regex(/^[\P{Cc}\t\n\r]*$/u, 'expected a text without control characters');

/** The longest overlap that is looked at; an account's period is the limit that counts. */
const LONGEST = Duration.fromObject({ years: 10 });

/** An ISO 8601 duration of zero or more, as milliseconds. */
export const durationMs = z
  .string({ error: "expected an ISO 8601 duration such as 'PT5M'" })
  .transform((text, context) => {
    const ms = parseDuration(text) ?? Number.NaN;
    if (ms >= 0 && ms <= LONGEST.toMillis()) return ms;
    context.addIssue({
      code: 'custom',
      message: `expected an ISO 8601 duration from 'PT0S' to '${LONGEST.toISO()}', such as 'PT5M'`,
    });
    return z.NEVER;
  });
