import { type CronExpression, CronExpressionParser } from 'cron-parser';
import { HostError } from './hostError.ts';

/** What is kept of a timer between two runs, in the shape Azure's host stores it. */
export interface ScheduleStatus {
  /** ISO 8601; `NEVER` before the first run. */
  Last: string;
  Next: string;
  LastUpdated: string;
}

/** .NET's default time, which the host writes for "not yet". */
export const NEVER = '0001-01-01T00:00:00.000Z';

/** Azure keeps no status for schedules that come round more often than this. */
const SHORTEST_MONITORED_MS = 60_000;

/** By how much a timer may fire ahead of its occurrence. */
const EARLY_MS = 1000;

const FIELD_NAMES = ['second', 'minute', 'hour', 'day', 'month', 'day of week'];
const FIELD = /^(?:[\d*/,-]|[A-Za-z]{3})+$/;

/** A six-field NCRONTAB schedule in UTC, as Functions on Linux reads it. */
export class Schedule {
  readonly #expression: string;

  constructor(expression: string, where: string) {
    const problem = problemOf(expression);
    if (problem) {
      throw new HostError(
        `${where}: expected a schedule of six fields {${FIELD_NAMES.join('} {')}}, ` +
          `got "${expression}": ${problem}.`,
      );
    }
    this.#expression = expression;
  }

  /** The first occurrence strictly after a moment; both in ms since 1970. */
  nextAfter(moment: number): number {
    return parse(this.#expression, moment).next().getTime();
  }

  /** Whether a missed run of this schedule is remembered over a restart. */
  isMonitored(now: number): boolean {
    const next = this.nextAfter(now);
    return this.nextAfter(next) - next >= SHORTEST_MONITORED_MS;
  }

  /** The status to begin with where none was stored: nothing has run, nothing is missed. */
  initialStatus(now: number): ScheduleStatus {
    return { Last: NEVER, Next: iso(this.nextAfter(now)), LastUpdated: iso(now) };
  }

  /** The stored status, its next run worked out again in case the schedule was changed meanwhile. */
  resumedStatus(stored: ScheduleStatus): ScheduleStatus {
    const since = stored.Last === NEVER ? stored.LastUpdated : stored.Last;
    return { ...stored, Next: iso(this.nextAfter(Date.parse(since))) };
  }

  /**
   * The status after a run that began at `ranAt`. A timer may fire a little early; counting from the
   * planned moment then keeps the same occurrence from coming twice.
   */
  statusAfterRun(status: ScheduleStatus, ranAt: number): ScheduleStatus {
    const planned = Date.parse(status.Next);
    const isEarly = planned > ranAt && planned - ranAt <= EARLY_MS;
    const last = isEarly ? planned : ranAt;
    return { Last: iso(last), Next: iso(this.nextAfter(last)), LastUpdated: iso(last) };
  }
}

function parse(expression: string, moment: number): CronExpression {
  return CronExpressionParser.parse(expression, { currentDate: new Date(moment), tz: 'UTC' });
}

function problemOf(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== FIELD_NAMES.length) return `found ${fields.length} fields`;
  const wrong = fields.findIndex((field) => !FIELD.test(field));
  if (wrong >= 0) return `found "${fields[wrong]}" for ${FIELD_NAMES[wrong]}`;
  if (fields[3] !== '*' && fields[5] !== '*') {
    // NCRONTAB wants both to match, cron-parser either: better to refuse than to fire wrongly.
    return 'a day together with a day of week is not supported by the local host';
  }
  try {
    parse(expression, 0).next();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}
