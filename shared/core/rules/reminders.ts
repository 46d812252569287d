import type { RotationRecord } from '../record.ts';
import { nextReminderAt } from '../schedule.ts';
import type { Remind } from '../steps.ts';
import { reportedCut } from '../transitions.ts';

/**
 * The next reminder and its time (epoch ms); when a leak brought the end of the overlap forward, from
 * `planned` to `retireAt`, apps hear of that at once.
 */
export function reminderOf(
  record: RotationRecord,
  retireAt: number,
  planned: number,
  missing: readonly string[],
): { at: number; step: Remind } | undefined {
  const isCut = retireAt < planned;
  if (isCut && record.reported !== reportedCut(retireAt)) {
    const message = 'tell apps that the stale key ends sooner';
    const about = { discriminator: `${retireAt}:0`, missing, retireAt, isCut };
    return { at: 0, step: { do: 'remind', reason: 'KeyCompromised', message, ...about } };
  }
  const at = nextReminderAt(record, retireAt);
  if (at === undefined) return undefined;
  const number = record.reminders + 1;
  const discriminator = isCut ? `${retireAt}:${number}` : String(number);
  const about = { discriminator, missing, retireAt, isCut };
  return {
    at,
    step: { do: 'remind', reason: 'ReminderDue', message: 'remind apps to reload', ...about },
  };
}
