import { DateTime, IANAZone } from 'luxon';

/**
 * The times of a week in which keys may be regenerated. Written `[days ]HH:mm-HH:mm[ zone]`, e.g.
 * `Mon-Fri 08:00-16:00 Europe/Berlin`; days default to all, the zone to UTC. A window whose end is
 * not after its start runs past midnight. Both ends follow the zone's daylight saving.
 */
export interface Window {
  readonly text: string;
  /** ISO weekdays, 1 = Monday. */
  readonly days: readonly number[];
  readonly startMinute: number;
  readonly endMinute: number;
  readonly zone: string;
}

/** The expected form, for messages. */
export const WINDOW_FORM =
  "'[days ]HH:mm-HH:mm[ time zone]', e.g. 'Mon-Fri 08:00-16:00 Europe/Berlin'";

const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const PATTERN =
  /^(?:(?<days>[a-z]{3}(?:[-,][a-z]{3})*)\s+)?(?<from>\d{2}:\d{2})-(?<to>\d{2}:\d{2})(?:\s+(?<zone>\S+))?$/i;

/** Parses a window; undefined when the text does not have the expected form. */
export function parseWindow(text: string): Window | undefined {
  const groups = PATTERN.exec(text.trim())?.groups;
  if (!groups) return undefined;
  const days = parseDays(groups['days']);
  const startMinute = parseMinute(groups['from'], 23);
  const endMinute = parseMinute(groups['to'], 24);
  const zone = groups['zone'] ?? 'UTC';
  if (!days || startMinute === undefined || endMinute === undefined) return undefined;
  if (startMinute === endMinute || !IANAZone.create(zone).isValid) return undefined;
  return { text: text.trim(), days, startMinute, endMinute, zone };
}

/** Whether the window is open at `at` (epoch ms); its start belongs to it, its end does not. */
export function isOpen(window: Window | undefined, at: number): boolean {
  return !window || intervalsAround(window, at).some(([start, end]) => start <= at && at < end);
}

/** The first instant at or after `at` (epoch ms) at which the window is open. */
export function nextOpen(window: Window | undefined, at: number): number {
  if (!window || isOpen(window, at)) return at;
  const starts = intervalsAround(window, at).map(([start]) => start);
  return Math.min(...starts.filter((start) => start > at));
}

/**
 * The latest instant not after `at` (epoch ms) at which something can start inside the window with
 * `roomMs` left of it, or as much as the opening has: whoever comes a little later is not too late.
 */
export function lastStart(window: Window | undefined, at: number, roomMs: number): number {
  if (!window) return at;
  const openings = intervalsAround(window, at).filter(([start]) => start <= at);
  return Math.max(...openings.map(([start, end]) => Math.max(start, Math.min(at, end - roomMs))));
}

const WEEK_MS = 7 * 86_400_000;

/** Openings by window and week. All accounts of a fleet ask about few windows, at nearly the same time. */
const openings = new Map<string, Intervals>();
const OPENINGS_KEPT = 1_000;

type Intervals = readonly (readonly [start: number, end: number])[];

/** The openings around `at`, of {@link intervalsOf}: the same for a whole week. */
function intervalsAround(window: Window, at: number): Intervals {
  const weekBegins = at - (at % WEEK_MS);
  const key = `${weekBegins} ${window.text}`;
  const known = openings.get(key);
  if (known) return known;
  const intervals = intervalsOf(window, weekBegins);
  if (openings.size >= OPENINGS_KEPT) openings.clear();
  openings.set(key, intervals);
  return intervals;
}

/**
 * The openings of two weeks before `at` and after the week that begins there: two, because the one
 * opening of a week may fall into the hour that daylight saving skips.
 */
function intervalsOf(window: Window, at: number): Intervals {
  const today = DateTime.fromMillis(at, { zone: window.zone }).startOf('day');
  const intervals: [number, number][] = [];
  for (let offset = -14; offset <= 21; offset++) {
    const day = today.plus({ days: offset });
    if (!window.days.includes(day.weekday)) continue;
    const lastDay = window.endMinute > window.startMinute ? day : day.plus({ days: 1 });
    const start = atMinute(day, window.startMinute);
    const end = atMinute(lastDay, window.endMinute);
    if (start < end) intervals.push([start, end]);
  }
  return intervals;
}

/** Minute of a day by the wall clock, so that daylight saving moves it along. */
function atMinute(day: DateTime, minute: number): number {
  return day
    .plus({ days: Math.floor(minute / 1440) })
    .set({
      hour: Math.floor((minute % 1440) / 60),
      minute: minute % 60,
    })
    .toMillis();
}

function parseMinute(text: string | undefined, lastHour: number): number | undefined {
  const [hour = Number.NaN, minute = Number.NaN] = (text ?? '').split(':').map(Number);
  const total = hour * 60 + minute;
  return hour <= lastHour && minute < 60 && total <= 1440 ? total : undefined;
}

function parseDays(text: string | undefined): number[] | undefined {
  if (text === undefined) return [1, 2, 3, 4, 5, 6, 7];
  const days = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const [first, last, ...rest] = part.split('-').map((name) => DAY_NAMES.indexOf(name) + 1);
    if (!first || last === 0 || rest.length > 0) return undefined;
    for (let day = first; ; day = (day % 7) + 1) {
      days.add(day);
      if (day === (last ?? first)) break;
    }
  }
  return [...days].sort((left, right) => left - right);
}
