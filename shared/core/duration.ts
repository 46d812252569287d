import { Duration } from 'luxon';

/**
 * An ISO 8601 duration in whole milliseconds; undefined for text that is none. `P` and `P1DT`, which a
 * parser may take for durations, end without a number and its unit: something got lost there.
 */
export function parseDuration(text: string): number | undefined {
  const duration = /\d[A-Z]$/.test(text) ? Duration.fromISO(text) : undefined;
  // 'PT1.1H' is not a whole number of milliseconds in floating point; records hold whole ones.
  return duration?.isValid ? Math.round(duration.toMillis()) : undefined;
}
