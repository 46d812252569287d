import * as z from 'zod';
import { comment, durationMs, fingerprint, slot } from './forms.ts';

/** What the API is sent. Unknown fields are refused: a misspelt one would be ignored in silence. */

const manual = z
  .strictObject({
    cause: z.literal('manual').default('manual'),
    reason: comment,
  })
  .describe('Rotate now.');

const compromised = z
  .strictObject({
    cause: z.literal('compromised'),
    reason: comment,
    slot: z
      .enum([...slot.options, 'both'])
      .optional()
      .describe('What leaked; default: the active key.'),
    overlap: durationMs
      .optional()
      .describe(
        'ISO 8601 duration that apps get to reload, at most the period; PT0S is allowed. Default: PT5M, or the period where that is shorter.',
      ),
    overrideHold: z.boolean().default(false).describe('Go on in spite of a hold.'),
  })
  .describe('A key leaked: replace it, and regenerate what leaked after the overlap.');

/** `POST …/rotations`. */
export const startBody = z.union([compromised, manual]);
/** `POST …/rollback`. */
export const rollbackBody = z.strictObject({ reason: comment });
/** `POST …/keyless`. */
export const keylessBody = z.strictObject({
  reason: comment,
  confirm: z
    .string({ error: 'expected the `confirm` of the preview, GET …/keyless' })
    .max(64)
    .describe('Of the preview: proof that what would break has been seen.'),
});
/** `POST …/acks`. */
export const acknowledgementBody = z.strictObject({
  subscriber: z.string().min(1).max(64).describe("A name from the account's subscribers."),
  fingerprint,
});
/** `PUT …/hold`. */
export const holdBody = z.strictObject({
  reason: comment,
  until: z.iso
    .datetime({ offset: true, error: "expected an ISO 8601 time such as '2030-01-31T12:00:00Z'" })
    .nullish()
    .describe('The end, in the future; without one the hold lasts until it is released.'),
});
