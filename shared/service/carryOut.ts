import type { Wait } from '../core/steps.ts';
import type { Timing } from '../core/timing.ts';
import type { Dependencies } from './dependencies.ts';
import { runPass } from './pass.ts';
import type { PassMessage } from './queuePorts.ts';

/**
 * Carries a message of the queue out: one pass, whose wait is returned. One that waited beyond its time is
 * left: its account is due again and has another message. Else a queue that is worked on more slowly
 * than ticks fill it would hold ever more copies, and workers would have ever more passes for nothing: in
 * the end nothing but those, and no rotation would begin any more.
 */
export async function carryOut(
  message: PassMessage,
  dependencies: Dependencies,
): Promise<Wait | undefined> {
  const { accountId, start } = message;
  const goodUntil = lastUse(message, dependencies.deployment.timing);
  if (dependencies.clock.now() <= goodUntil) return runPass(accountId, dependencies, start);
  dependencies.telemetry.record({
    level: 'info',
    name: 'notice',
    accountId,
    reason: undefined,
    message: `a message that was good until ${new Date(goodUntil).toISOString()} is left: the account is due again`,
  });
  return undefined;
}

/** An admission is over when the tick said; for a look the clock of that tick may have been behind. */
function lastUse({ start, notAfter }: PassMessage, { clockSkewMs }: Timing): number {
  if (notAfter === undefined) return Number.POSITIVE_INFINITY;
  return start && 'until' in start ? start.until : notAfter + clockSkewMs;
}
