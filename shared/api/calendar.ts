import { createEvents, type EventAttributes } from 'ics';
import type { AccountStatus } from '../service/statusPorts.ts';

const NAME = 'Key rotations';

/** Reasons whose next step is a rotation's start. */
const STARTS = ['NotDue', 'Due'];

/**
 * An iCalendar (RFC 5545) of what is ahead up to `until` (epoch ms): when keys are due for rotation,
 * and when stale keys end. An event keeps its UID while its moment moves.
 */
export function toCalendar(
  statuses: readonly AccountStatus[],
  deployment: string,
  until: number,
): string {
  const events = statuses
    .flatMap((status) => upcoming(status))
    .filter(({ at }) => at <= until)
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, kind, title, status }): EventAttributes => {
      const { accountId, message, policy, updatedAt } = status;
      const window = policy?.window ? `\nWindow: ${policy.window}` : '';
      return {
        uid: `${kind}.${encodeURIComponent(accountId)}@${deployment}.twinkey`,
        title,
        description: `${accountId}\n${message}${window}`,
        start: at,
        startInputType: 'utc',
        startOutputType: 'utc',
        duration: { minutes: 15 },
        lastModified: updatedAt,
        busyStatus: 'FREE',
        transp: 'TRANSPARENT',
      };
    });
  const { value, error } = createEvents(events, {
    productId: '-//Twinkey//Key rotations//EN',
    calName: NAME,
    method: 'PUBLISH',
  });
  if (!value) throw error ?? new Error('the calendar could not be written');
  return value;
}

function upcoming(status: AccountStatus) {
  const { name, nextStepAt, reason, retireAt, phase, staleFingerprint } = status;
  const found: { at: number; kind: string; title: string; status: AccountStatus }[] = [];
  if (nextStepAt !== null && phase === 'idle' && STARTS.includes(reason)) {
    found.push({ at: nextStepAt, kind: 'rotation', title: `${name}: key rotation`, status });
  }
  if (retireAt !== null && phase === 'overlap') {
    const title = `${name}: end of the old key ${staleFingerprint ?? ''}`.trim();
    found.push({ at: retireAt, kind: 'retirement', title, status });
  }
  return found;
}
