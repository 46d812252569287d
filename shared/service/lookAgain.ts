import type { Observation } from '../core/observation.ts';
import type { Timing } from '../core/timing.ts';
import { lookAgainAt } from '../core/trouble.ts';
import type { AccountStatus } from './statusPorts.ts';

/**
 * The status of an account that could not be read, with its next look put off the longer that has lasted: not
 * beyond the moment when it has to be read, nor beyond the longest pause after any other failure.
 */
export function putOffIfUnread(
  status: AccountStatus,
  observation: Pick<Observation, 'requests' | 'admission'>,
  { checkIntervalMs, quarantineMs }: Timing,
): AccountStatus {
  const { reason, trouble, nextCheckAt, updatedAt } = status;
  if (reason !== 'ObservationIncomplete' || observation.requests.length > 0) return status;
  const since = trouble?.since ?? updatedAt;
  const longestMs = Math.min(checkIntervalMs, quarantineMs);
  const expectedAt = neededAt(status, observation);
  const at = lookAgainAt(nextCheckAt, since, updatedAt, expectedAt, longestMs);
  return { ...status, nextCheckAt: at, nextStepAt: at };
}

/** When there is something to do for the account; null: not known, 0: now. */
function neededAt(
  { phase, dueAt, retireAt }: AccountStatus,
  { admission }: Pick<Observation, 'admission'>,
): number | null {
  switch (phase) {
    case null:
      return null;
    case 'idle':
      // What the tick does not let begin needs no look either.
      return admission && 'refused' in admission ? null : dueAt;
    case 'overlap':
      return retireAt ?? 0;
    default:
      return 0;
  }
}
