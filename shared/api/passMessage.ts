import { z } from 'zod';

const message = z.object({
  accountId: z
    .string()
    .regex(/^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/[^/]+\/accounts\/[^/]+$/),
});

/**
 * The account of a message on the queue of passes. Throws for anything else, so that the platform
 * moves the message to the poison queue, where a person finds it.
 */
export function parsePassMessage(found: unknown): string {
  const result = message.safeParse(found);
  if (result.success) return result.data.accountId;
  const kind = found === null ? 'null' : typeof found;
  throw new Error(
    `expected a message {"accountId":"/subscriptions/…"} with a lower-cased id, found ${kind} without one`,
  );
}
