export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Where every simulated world begins. */
export const START = Date.UTC(2026, 0, 5, 12);

/** A moment as timelines show it. */
export function momentOf(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 23);
}
