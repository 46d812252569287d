import type { Wait } from '../core/steps.ts';
import type { Dependencies } from './dependencies.ts';
import { runPass } from './pass.ts';
import type { PassMessage } from './queuePorts.ts';

/**
 * Carries a message of the queue out: one pass, whose wait is returned. One that waited beyond its time is
 * left: its account is due again and has another message. Else a queue that is worked on more slowly
 * than ticks fill it would hold ever more copies, and workers would have ever more passes for nothing.
 */
export async function carryOut(
  { accountId, start, notAfter }: PassMessage,
  dependencies: Dependencies,
): Promise<Wait | undefined> {
  const { clock, deployment, telemetry } = dependencies;
  // The clock of the tick that sent it may be behind.
  if (notAfter === undefined || clock.now() <= notAfter + deployment.timing.clockSkewMs) {
    return runPass(accountId, dependencies, start);
  }
  telemetry.record({
    level: 'info',
    name: 'notice',
    accountId,
    reason: undefined,
    message: `a message that was good until ${new Date(notAfter).toISOString()} is left: the account is due again`,
  });
  return undefined;
}
