import type { Observation } from '../core/observation.ts';
import type { Timing } from '../core/timing.ts';
import { lookAgainAt } from '../core/trouble.ts';
import type { AccountStatus } from './statusPorts.ts';

/**
 * The status of an account that could not be read, with its next look put off the longer that has lasted: not
 * beyond the moment when something under way has to go on, nor beyond the longest pause after any other failure.
 * What is due to begin waits as well: a hundred accounts that try a vault which never answers each minute
 * would take all workers from those that could rotate.
 */
export function putOffIfUnread(
  status: AccountStatus,
  { requests }: Pick<Observation, 'requests'>,
  { checkIntervalMs, quarantineMs }: Timing,
): AccountStatus {
  const { reason, trouble, nextCheckAt, updatedAt } = status;
  if (reason !== 'ObservationIncomplete' || requests.length > 0) return status;
  const since = trouble?.since ?? updatedAt;
  const longestMs = Math.min(checkIntervalMs, quarantineMs);
  const at = lookAgainAt(nextCheckAt, since, updatedAt, neededAt(status), longestMs);
  return { ...status, nextCheckAt: at, nextStepAt: at };
}

/** When something under way has to go on; null: nothing is, 0: now. */
function neededAt({ phase, retireAt }: AccountStatus): number | null {
  if (phase === null || phase === 'idle') return null;
  return (phase === 'overlap' && retireAt) || 0;
}
