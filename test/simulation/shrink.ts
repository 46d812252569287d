import { type Kept, type Outcome, run } from './run.ts';
import type { Scenario } from './scenario.ts';
import { DAY, START } from './units.ts';
import type { Violation } from './violations.ts';

/** What of a scenario is enough for its violation. */
export interface Shrunk {
  /** Names of single faults and ids of incidents. */
  readonly kept: readonly string[];
  /** The end of the timeline, up to the violation. */
  readonly trace: readonly string[];
  readonly runs: number;
}

/** Shrinking ends after so many runs, with what it has by then. */
const RUN_LIMIT = 150;

/** Lines of the timeline that are kept. */
const LINES_KEPT = 60;

/** With fewer faults the same may come later by as much. */
const LATER_MS = 5 * DAY;

/** Runs a world with these of its faults, as far as is needed. */
type Run = (
  scenario: Scenario,
  kept: Kept,
) => Promise<Pick<Outcome, 'violations' | 'trace' | 'strikes'>>;

/**
 * Leaves out faults and incidents, in halves, quarters and so on, as long as the same statement is
 * violated for the same account; what is left is enough for it, and nearly all of it necessary.
 */
export async function shrink(
  whole: Scenario,
  first: Violation,
  runWorld: Run = run,
): Promise<Shrunk> {
  const scenario = upToTheDayOf(first, whole);
  const full = await runWorld(scenario, keptUntil(first, whole));
  let kept = [...full.strikes.map(({ name }) => name), ...scenario.incidents.map(({ id }) => id)];
  let { trace } = full;
  let runs = 1;
  for (
    let size = Math.ceil(kept.length / 2);
    size >= 1 && runs < RUN_LIMIT;
    size = Math.floor(size / 2)
  ) {
    for (let start = 0; start < kept.length && runs < RUN_LIMIT; ) {
      const fewer = [...kept.slice(0, start), ...kept.slice(start + size)];
      runs += 1;
      const shorter = tracedIf(
        await runWorld(only(scenario, fewer), { ...keptUntil(first, whole), fault: oneOf(fewer) }),
        first,
      );
      if (shorter) [kept, trace] = [fewer, shorter];
      else start += size;
    }
  }
  return { kept, trace: upTo(first, trace), runs };
}

/** Another statement may be violated before it, or the same one for another account. */
function upTo({ statement, account }: Violation, trace: readonly string[]): readonly string[] {
  const end = trace.findIndex((line) => line.includes(`VIOLATION ${statement} ${account}:`)) + 1;
  return trace.slice(Math.max(0, end - LINES_KEPT), end);
}

/** What happens before faults end needs no world that lives on. */
function upToTheDayOf({ at }: Violation, scenario: Scenario): Scenario {
  const days = Math.ceil((at + LATER_MS - START) / DAY);
  return { ...scenario, days: Math.min(scenario.days, days) };
}

function keptUntil({ at }: Violation, { days }: Scenario): Kept {
  return { stopAtViolation: true, withoutCalm: at < START + days * DAY };
}

/** The timeline, if the same went wrong. */
function tracedIf(
  { violations, trace }: Pick<Outcome, 'violations' | 'trace'>,
  { statement, account }: Violation,
): readonly string[] | undefined {
  const same = violations.some(
    (violation) => violation.statement === statement && violation.account === account,
  );
  return same ? trace : undefined;
}

function oneOf(names: readonly string[]): (name: string) => boolean {
  const kept = new Set(names);
  return (name) => kept.has(name);
}

function only(scenario: Scenario, kept: readonly string[]): Scenario {
  const ids = new Set(kept);
  return { ...scenario, incidents: scenario.incidents.filter(({ id }) => ids.has(id)) };
}
