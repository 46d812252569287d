import { DateTime } from 'luxon';
import { DAY, MINUTE } from './units.ts';

/** Nothing in a week may start a rotation or end a key. */
const LONGEST_CLOSED_MS = 8 * DAY;
/** Windows open and close at full five minutes. */
const STEP_MS = 5 * MINUTE;

/** Whether a window such as `Mon-Fri 08:00-16:00 Europe/Berlin` is open; undefined: it always is. */
export function isOpen(window: string | undefined, at: number): boolean {
  if (window === undefined) return true;
  const parts = window.split(' ');
  const times = parts.findIndex((part) => part.includes(':'));
  const [from = '', to = ''] = (parts[times] ?? '').split('-');
  const zone = parts[times + 1] ?? 'UTC';
  const days = parts.slice(0, times).join(' ');
  const local = DateTime.fromMillis(at, { zone });
  const time = local.toFormat('HH:mm');
  if (from < to) return from <= time && time < to && isDay(days, local);
  // Past midnight it is still the opening of the day before.
  return time >= from ? isDay(days, local) : time < to && isDay(days, local.minus({ days: 1 }));
}

/** The first moment from `at` on at which the window is open, to five minutes. */
export function nextOpening(window: string | undefined, at: number): number {
  for (let time = at; time < at + LONGEST_CLOSED_MS; time += STEP_MS) {
    if (isOpen(window, time)) return time;
  }
  throw new Error(`${window} never opens`);
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function isDay(days: string, { weekday }: DateTime): boolean {
  if (days === '') return true;
  return days.split(',').some((part) => {
    const [first = '', last = first] = part.split('-');
    const day = weekday - 1;
    return DAYS.indexOf(first) <= day && day <= DAYS.indexOf(last);
  });
}
