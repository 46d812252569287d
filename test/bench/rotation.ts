import { setTimeout as sleep } from 'node:timers/promises';
import type { Admission } from '../../shared/core/observation.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { runPass } from '../../shared/service/pass.ts';

/** What a tick would say: the account may begin. */
export const ADMITTED: Admission = { until: Number.MAX_SAFE_INTEGER };

/**
 * Runs an account's passes, each when the one before it said, until one more rotation is closed.
 * Returns how many there were; `around` sees each of them.
 */
export async function untilRotated(
  dependencies: Dependencies,
  accountId: string,
  around: (pass: () => Promise<unknown>) => Promise<void> = async (pass) => void (await pass()),
): Promise<number> {
  const { clock, statuses } = dependencies;
  const before = (await statuses.get(accountId))?.lastRotationId;
  for (let passes = 1; ; passes++) {
    const due = (await statuses.get(accountId))?.nextStepAt ?? 0;
    await sleep(Math.max(0, due - clock.now()));
    await around(() => runPass(accountId, dependencies, ADMITTED));
    const { lastRotationId } = (await statuses.get(accountId)) ?? {};
    if (lastRotationId && lastRotationId !== before) return passes;
  }
}
