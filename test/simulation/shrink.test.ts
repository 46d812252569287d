import { expect, test } from 'vitest';
import type { Kept, Outcome } from './run.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { shrink } from './shrink.ts';
import { DAY, START } from './units.ts';
import type { Violation } from './violations.ts';

const DAYS = 30;
const scenario = scenarioOf(4, DAYS);
const [first, second, third] = scenario.incidents.map(({ id }) => id);
const FAULTS = Array.from({ length: 37 }, (_, index) => `fault ${index}`);

const violation = (at: number): Violation => {
  return { statement: 'staleKey', at, account: 'account-1', message: 'ended' };
};

/** A world that goes wrong at a time if all of these faults and incidents are in it. */
function goingWrong(at: number, culprits: readonly string[], runs: [Scenario, Kept][] = []) {
  return async (world: Scenario, kept: Kept): Promise<Outcome> => {
    runs.push([world, kept]);
    const ids = world.incidents.map(({ id }) => id);
    const struck = FAULTS.filter((name) => kept.fault?.(name) ?? true);
    const isWrong = culprits.every((name) => ids.includes(name) || struck.includes(name));
    const trace = ['before', ...(isWrong ? ['VIOLATION staleKey account-1: ended'] : []), 'after'];
    const violations = isWrong ? [violation(at)] : [];
    return {
      ...{ seed: 4, rotations: 0, crashes: 0, appRequests: 0, appFailures: 0, passes: 0 },
      ...{ simulatedDays: DAYS, events: [], violations, trace },
      strikes: struck.map((name) => ({ name, at, what: 'error' })),
    };
  };
}

test('what a violation takes is left, and nothing else', async () => {
  const culprits = ['fault 3', 'fault 29', second ?? ''];
  const at = START + 3 * DAY;
  const { kept, trace } = await shrink(scenario, violation(at), goingWrong(at, culprits));
  expect(kept).toEqual(culprits);
  expect(kept).not.toContain(first);
  expect(kept).not.toContain(third);
  expect(trace).toEqual(['before', 'VIOLATION staleKey account-1: ended']);
});

test('nothing is left of what goes wrong by itself', async () => {
  const at = START + 3 * DAY;
  const { kept, runs } = await shrink(scenario, violation(at), goingWrong(at, []));
  expect(kept).toEqual([]);
  expect(runs).toBeLessThan(20);
});

test('a world is lived to some days after what went wrong in it, and to its end where that was later', async () => {
  const lived = async (at: number) => {
    const runs: [Scenario, Kept][] = [];
    await shrink(scenario, violation(at), goingWrong(at, ['fault 3'], runs));
    return new Set(runs.map(([{ days }, { withoutCalm }]) => `${days} days, ${withoutCalm}`));
  };
  expect([...(await lived(START + 3 * DAY))]).toEqual(['8 days, true']);
  expect([...(await lived(START + 29 * DAY))]).toEqual([`${DAYS} days, true`]);
  expect([...(await lived(START + (DAYS + 2) * DAY))]).toEqual([`${DAYS} days, false`]);
});
