import type { LaterPass, PassMessage, Quota } from './queuePorts.ts';

/** A delay that is not worth a message of its own kind. */
const AT_ONCE_MS = 1_000;

/** Which of these messages go out at once, and which are put off so that Azure's limits bear them. */
export function paced(
  messages: readonly PassMessage[],
  quota: Quota | undefined,
): { now: PassMessage[]; later: LaterPass[] } {
  const delays = quota?.delaysMs(messages.map(({ accountId }) => accountId)) ?? [];
  const now: PassMessage[] = [];
  const later: LaterPass[] = [];
  for (const [index, message] of messages.entries()) {
    const delayMs = delays[index] ?? 0;
    if (delayMs < AT_ONCE_MS) now.push(message);
    else later.push({ message, delayMs });
  }
  return { now, later };
}

/** Those of these passes, in their order, that Azure's limits bear within so many ms; the others wait. */
export function borneWithin<P extends Pick<PassMessage, 'accountId'>>(
  withinMs: number,
  passes: readonly P[],
  quota: Quota | undefined,
): P[] {
  const delays = quota?.delaysMs(passes.map(({ accountId }) => accountId)) ?? [];
  return passes.filter((_, index) => (delays[index] ?? 0) <= withinMs);
}
