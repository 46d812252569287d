const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A length of time in its largest unit that counts at least two, `2 d` or `47 h`. */
export function roughly(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, size]) => Math.abs(ms) >= 2 * size) ?? ['s', 1_000];
  return `${Math.round(ms / unitMs)} ${unit}`;
}

/** How long something has lasted; `–` when it is not known. */
export function ageOf(time: string | null, now: number): string {
  return time === null ? '–' : roughly(Math.max(0, now - Date.parse(time)));
}

/** When something is to happen, seen from now; `–` when it is not known. */
export function aheadOf(time: string | null, now: number): string {
  if (time === null) return '–';
  const ms = Date.parse(time) - now;
  return ms <= 0 ? 'now' : `in ${roughly(ms)}`;
}

/** Like {@link aheadOf}; `held` where a hold lasts beyond that time, so that it means nothing yet. */
export function aheadOrHeld(
  time: string | null,
  hold: { readonly until: string | null } | null,
  now: number,
): string {
  const end = hold?.until ? Date.parse(hold.until) : Number.POSITIVE_INFINITY;
  return hold && Date.parse(time ?? '') < end ? 'held' : aheadOf(time, now);
}

/** A time as people read it, in UTC to the second. */
export function timeOf(time: string | null): string {
  return time === null ? '–' : time.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}
