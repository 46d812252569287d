const DAY_MS = 86_400_000;

/** The end (epoch ms) of what lies `days` ahead; without them there is none. */
export function aheadUntil(now: number, days: number | undefined): number {
  return days === undefined ? Number.POSITIVE_INFINITY : now + days * DAY_MS;
}
