import { describe, expect, it } from 'vitest';
import { measure, PLANNERS } from './baselines/compare.ts';
import { scenarioOf } from './scenario.ts';

const DAYS = 90;
const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);
/** Worlds in which no call goes wrong. */
const FAULTLESS = SEEDS.filter((seed) => scenarioOf(seed, DAYS).faultFactor === 0);

describe.each(PLANNERS)('%s', (planner) => {
  it('comes to the same in the same world', async () => {
    const seed = SEEDS[0] ?? 1;
    expect(await measure(planner, seed, DAYS)).toEqual(await measure(planner, seed, DAYS));
  });

  it('rotates where no call goes wrong, and apps get answers', async () => {
    const [seed = 1] = FAULTLESS;
    const { rotations, appRequests } = await measure(planner, seed, DAYS);
    expect(rotations).toBeGreaterThan(1);
    expect(appRequests).toBeGreaterThan(100);
  });
});

it('what the others get wrong is seen, and is not put down to Twinkey', async () => {
  const seeds = SEEDS.slice(0, 12);
  const failures = async (planner: (typeof PLANNERS)[number]) => {
    let count = 0;
    for (const seed of seeds) {
      const measured = await measure(planner, seed, DAYS);
      count += measured.appFailures + measured.activeKeysKilled + measured.deadAtEnd;
    }
    return count;
  };
  expect(await failures('twinkey')).toBe(0);
  expect(await failures('sample')).toBeGreaterThan(0);
  expect(await failures('script')).toBeGreaterThan(0);
});
