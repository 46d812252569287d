import { describe, expect, it } from 'vitest';
import { problemsOf } from '../contract/eventContract.ts';
import { bugged } from './bundle.ts';
import { BUGS } from './planted/bugs.ts';
import { plant } from './planted/run.ts';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';

const DAYS = 40;

describe('a simulated world', () => {
  it.each([4, 7, 9, 12, 14])(
    'of seed %i holds what must always hold, and its events are as published',
    async (seed) => {
      const { violations, rotations, appRequests, events } = await run(scenarioOf(seed, DAYS));
      expect(violations).toEqual([]);
      expect(rotations).toBeGreaterThan(0);
      expect(appRequests).toBeGreaterThan(100);
      expect(events.length).toBeGreaterThan(rotations);
      expect(problemsOf({ accepted: events })).toEqual([]);
    },
  );

  it('is the same each time', async () => {
    const [first, second] = [await run(scenarioOf(12, DAYS)), await run(scenarioOf(12, DAYS))];
    expect(second.trace).toEqual(first.trace);
    expect(second.strikes).toEqual(first.strikes);
    expect(first.strikes.length).toBeGreaterThan(0);
  });

  it('begins the same however long it lasts', () => {
    const { incidents, ...plan } = scenarioOf(7, DAYS);
    const { incidents: more, ...longer } = scenarioOf(7, 4 * DAYS);
    expect({ ...longer, days: DAYS }).toEqual(plan);
    expect(more.slice(0, incidents.length)).toEqual(incidents);
  });
});

it('a planted bug is caught by what it violates', async () => {
  const bug = BUGS.find(({ name }) => name === 'the stale key goes an hour early');
  const caught = bug && (await plant(bug, { seeds: 4, from: 1, days: DAYS }));
  expect(caught).toMatchObject({
    statement: 'staleKey',
    command: `npm run simulate -- --planted "${bug?.name}" --seed ${caught?.seed} --days ${DAYS}`,
  });
});

it.each(BUGS)('there is one place to plant: $name', async (bug) => {
  expect([...(await bugged(bug)).values()].join()).toContain(bug.replace);
});
