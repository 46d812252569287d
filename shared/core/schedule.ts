import type { Policy } from './policy.ts';
import type { Cause, Publication, RotationRecord } from './record.ts';
import type { Timing } from './timing.ts';
import { lastStart, nextOpen } from './window.ts';

/**
 * When the active key's rotation is due (epoch ms): when its period ends, or before that in the last
 * opening of the window that leaves room for one look, so that a closed window never makes a key
 * older than its period. The first rotation after an adoption falls on a moment of the period that depends on the account, so
 * that a fleet adopted together does not rotate together.
 */
export function rotationDueAt(
  active: Publication,
  firstAfter: Cause | undefined,
  accountId: string,
  policy: Policy,
  timing: Timing,
): number {
  const share = firstAfter === 'adoption' ? staggerShare(accountId) : 1;
  const latest = active.createdAt + Math.ceil(policy.periodMs * share);
  const earliest = active.createdAt + timing.minimumIntervalMs;
  return Math.max(
    lastStart(policy.window, latest, timing.checkIntervalMs),
    nextOpen(policy.window, earliest),
  );
}

/** A share in (0, 1] that is spread evenly over accounts and never changes for one: FNV-1a, 32 bit. */
export function staggerShare(accountId: string): number {
  let hash = 0x811c9dc5;
  for (const character of accountId) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return (hash + 1) / 2 ** 32;
}

/** Fixed lead times of reminders before the stale key's end, beside the one at half of the overlap. */
const REMINDER_LEADS_MS = [24 * 3_600_000, 3_600_000];

/**
 * When apps are reminded of the stale key's end, ascending (epoch ms): at half of the overlap, a
 * day before and an hour before, as far as those lie in the second half.
 */
export function reminderTimes(announcedAt: number, retireAt: number): number[] {
  const half = announcedAt + Math.ceil((retireAt - announcedAt) / 2);
  const leads = REMINDER_LEADS_MS.map((lead) => retireAt - lead).filter((at) => at > half);
  return [half, ...leads];
}

/** Reminders after the end, for as long as required acknowledgements keep the stale key alive. */
function overdueIntervalMs(announcedAt: number, retireAt: number): number {
  return Math.max(1, Math.min(24 * 3_600_000, retireAt - announcedAt));
}

/**
 * The next reminder of an overlap that ends at `retireAt` (epoch ms). Those after the end, one a day
 * or as far apart as a shorter overlap is long, are for apps that lost all the others or came back since.
 * Undefined when there is no announcement.
 */
export function nextReminderAt(record: RotationRecord, retireAt: number): number | undefined {
  if (record.announcedAt === null) return undefined;
  const times = reminderTimes(record.announcedAt, retireAt);
  const late = record.reminders - times.length + 1;
  return (
    times[record.reminders] ?? retireAt + late * overdueIntervalMs(record.announcedAt, retireAt)
  );
}

/** How many reminders are due by `at`. */
export function remindersDueBy(announcedAt: number, retireAt: number, at: number): number {
  const ahead = reminderTimes(announcedAt, retireAt).filter((time) => time <= at).length;
  const lateMs = Math.max(0, at - retireAt);
  return ahead + Math.floor(lateMs / overdueIntervalMs(announcedAt, retireAt));
}
