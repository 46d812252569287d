import * as z from 'zod';
import { HELD_BACK_REASONS } from '../core/observation.ts';
import type { PassMessage } from '../service/queuePorts.ts';

const message = z.object({
  accountId: z
    .string()
    .regex(/^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/[^/]+\/accounts\/[^/]+$/),
});

/** Without one that can be read, the message is good for ever. */
const notAfter = z.object({ notAfter: z.number() });

/** One that this version cannot read admits nothing: the next tick decides again. */
const start = z.object({
  start: z.union([
    z.object({ until: z.number() }),
    z.object({
      refused: z.enum(HELD_BACK_REASONS),
      message: z.string().max(2_000),
      attention: z.boolean(),
    }),
  ]),
});

/**
 * A message on the queue of passes: the account, until when it is good, and what the tick said about a
 * start. Throws for anything else, so that the platform moves the message to the poison queue, where a person finds it.
 */
export function parsePassMessage(found: unknown): PassMessage {
  const result = message.safeParse(found);
  if (result.success) {
    return { ...result.data, ...start.safeParse(found).data, ...notAfter.safeParse(found).data };
  }
  const kind = found === null ? 'null' : typeof found;
  throw new Error(
    `expected a message {"accountId":"/subscriptions/…"} with a lower-cased id, found ${kind} without one`,
  );
}
