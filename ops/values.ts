import { InvalidArgumentError } from 'commander';
import { Duration } from 'luxon';

/** A day's length bounds what a terminal may wait for. */
const LONGEST_WAIT_MS = 86_400_000;

/** Reads a whole number from 1 to `most`. Throws what commander shows as a usage error. */
export function wholeNumber(most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
  };
}

/** Reads how long to wait, in ms. Throws what commander shows as a usage error. */
export function waitLimit(text: string): number {
  const duration = Duration.fromISO(text);
  const ms = duration.isValid ? duration.toMillis() : 0;
  if (ms >= 1_000 && ms <= LONGEST_WAIT_MS) return ms;
  throw new InvalidArgumentError("Expected an ISO 8601 duration up to a day, such as 'PT15M'.");
}

/** Reads why somebody does something. Throws what commander shows as a usage error. */
export function someReason(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected a text that says why.');
}
