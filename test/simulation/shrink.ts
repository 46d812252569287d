import { run } from './run.ts';
import type { Scenario } from './scenario.ts';
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

/**
 * Leaves out faults and incidents, in halves, quarters and so on, as long as the same statement is
 * violated for the same account; what is left is enough for it, and nearly all of it necessary.
 */
export async function shrink(scenario: Scenario, first: Violation): Promise<Shrunk> {
  const full = await run(scenario, { stopAtViolation: true });
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
      const shorter = await tryWith(scenario, fewer, first);
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

/** The timeline, if what is kept is enough. */
async function tryWith(
  scenario: Scenario,
  kept: readonly string[],
  { statement, account }: Violation,
): Promise<readonly string[] | undefined> {
  const names = new Set(kept);
  const fault = (name: string) => names.has(name);
  const outcome = await run(only(scenario, kept), { stopAtViolation: true, fault });
  const same = outcome.violations.some(
    (violation) => violation.statement === statement && violation.account === account,
  );
  return same ? outcome.trace : undefined;
}

function only(scenario: Scenario, kept: readonly string[]): Scenario {
  const ids = new Set(kept);
  return { ...scenario, incidents: scenario.incidents.filter(({ id }) => ids.has(id)) };
}
