import { describe, expect, it } from 'vitest';
import { DEFAULT_FLEET } from '../../shared/core/fleet/limits.ts';
import { measure, PLANNERS, type Planner, rotateIn } from './baselines/compare.ts';
import type { Choose } from './draws.ts';
import type { Deed, Incident } from './incidents.ts';
import { HABITS, type Scenario } from './scenario.ts';
import { DAY, MINUTE, START } from './units.ts';
import { World } from './world.ts';

const ACCOUNT = 'account-1';

/** One account that is rotated every week; nothing happens to it. */
function givenScenario(changes: Partial<Scenario> = {}): Scenario {
  return {
    seed: 1,
    days: 40,
    tickMs: MINUTE,
    keyPropagationMs: 0,
    accounts: [
      {
        name: ACCOUNT,
        kind: 'TextAnalytics',
        tags: { 'key-rotation-period': 'P7D', 'key-rotation-overlap': 'P2D' },
        shutsServiceOut: false,
        secretFrom: undefined,
      },
    ],
    apps: HABITS.map((habit) => ({ name: habit, account: ACCOUNT, habit, skewMs: 0 })),
    instances: [{ name: 'instance-1', skewMs: 0 }],
    faultFactor: 0,
    theme: 'ordinary',
    incidents: [],
    fleet: DEFAULT_FLEET,
    ...changes,
  };
}

/** One thing goes wrong. */
function only(place: string, kind: string): Choose {
  return (at, kinds) => (at === place ? kinds.find((each) => each === kind) : undefined);
}

/** A person does something at noon of the tenth day. */
function meddling(deed: Deed): Incident {
  return { id: 'meddling', at: START + 10 * DAY, account: ACCOUNT, deed };
}

async function measured(planner: Planner, scenario: Scenario, choose?: Choose) {
  return (await rotateIn(scenario, planner, choose)).measured;
}

describe('where nothing goes wrong', () => {
  it.each([
    // Twinkey regenerates both keys with each it publishes, the sample one, a script both and publishes both.
    { planner: 'twinkey', published: [50, 56], regenerated: [100, 112] },
    { planner: 'sample', published: [50, 56], regenerated: [50, 56] },
    { planner: 'patient', published: [100, 112], regenerated: [100, 112] },
  ] as const)('$planner rotates every week of a year, and no request fails', async (expected) => {
    const result = await measured(expected.planner, givenScenario({ days: 365 }));
    const perWeek = (count: number, [least, most]: readonly [number, number]) => {
      expect(count).toBeGreaterThanOrEqual(least);
      expect(count).toBeLessThanOrEqual(most);
    };
    perWeek(result.keysPublished, expected.published);
    perWeek(result.keysRegenerated, expected.regenerated);
    expect(result.appRequests).toBeGreaterThan(1_000);
    expect(result).toMatchObject({
      appFailures: 0,
      activeKeysKilled: 0,
      deadKeysPublished: 0,
      deadKeyHours: 0,
      deadAtEnd: 0,
      overdueAtEnd: 0,
      accountsAtEnd: 1,
    });
  });

  it('a script that waits an hour fails those apps that reload more rarely, and no others', async () => {
    const { trace, measured: result } = await rotateIn(givenScenario(), 'script');
    expect(result).toMatchObject({ activeKeysKilled: 0, deadAtEnd: 0, overdueAtEnd: 0 });
    const refused = trace.flatMap((line) => /VIOLATION apps \S+ (\S+) was/.exec(line)?.[1] ?? []);
    expect(new Set(refused)).toEqual(new Set(['events', 'poll', 'cached']));
    expect(result.appFailures).toBe(refused.length);
  });
});

describe('a known mistake is seen', () => {
  const events = 'near expiry of account-1-key';

  it.each([
    { what: 'a second copy of an event', place: `${events} #1`, kind: 'twice' },
    {
      what: 'a death after the last call',
      place: 'instance-1 at secrets.publish ended #1',
      kind: 'crash',
    },
  ])('of the sample: $what regenerates the key that apps still have', async ({ place, kind }) => {
    const result = await measured('sample', givenScenario(), only(place, kind));
    expect(result.appFailures).toBeGreaterThan(0);
    expect(result.keysRegenerated).toBe(
      (await measured('sample', givenScenario())).keysRegenerated + 1,
    );
  });

  it.each([
    // The event comes a second time when the function took too long.
    { planner: 'sample', killed: 0, fails: true },
    { planner: 'patient', killed: 1, fails: true },
    { planner: 'twinkey', killed: 0, fails: false },
  ] as const)('of $planner: a request that takes effect late', async (expected) => {
    const { planner, killed, fails } = expected;
    const late = only('instance-1 regenerateKey account-1 #1', 'lateEffect');
    const result = await measured(planner, givenScenario(), late);
    expect(result.activeKeysKilled).toBe(killed);
    expect(result.appFailures > 0).toBe(fails);
  });

  it.each([
    { planner: 'sample', refused: true },
    { planner: 'patient', refused: true },
    { planner: 'twinkey', refused: false },
  ] as const)('of $planner: a key that is not accepted at once', async ({ planner, refused }) => {
    const result = await measured(planner, givenScenario({ keyPropagationMs: 3 * MINUTE }));
    expect(result.deadKeysPublished > 0).toBe(refused);
  });
});

describe('people who meddle', () => {
  const reset = (bare: boolean): Incident => meddling({ kind: 'setSecret', to: 'active', bare });

  it('end the sample when they set the secret without its tags, and not when with them', async () => {
    const [bare, kept] = [
      givenScenario({ incidents: [reset(true)] }),
      givenScenario({ incidents: [reset(false)] }),
    ];
    expect(await measured('sample', bare)).toMatchObject({ overdueAtEnd: 1 });
    expect(await measured('sample', kept)).toMatchObject({ overdueAtEnd: 0, appFailures: 0 });
  });

  it('leave a dead key in the vault for as long as nobody looks', async () => {
    const junk = meddling({ kind: 'setSecret', to: 'junk', bare: false });
    const hours = async (planner: Planner) =>
      (await measured(planner, givenScenario({ incidents: [junk] }))).deadKeyHours;
    expect(await hours('twinkey')).toBeLessThanOrEqual(25);
    expect(await hours('sample')).toBeGreaterThan(48);
  });

  it('do not where the planner is left alone', async () => {
    const world = new World(givenScenario({ incidents: [reset(true)], leftAlone: true }));
    world.start();
    await world.live(12 * DAY);
    world.stop();
    expect(world.oracle.ledger(ACCOUNT).meddled).toEqual([]);
    expect(world.oracle.ledger(ACCOUNT).published.filter(({ by }) => by === 'person')).toEqual([]);
  });
});

describe('a pipeline', () => {
  const dies = only('instance-1 at accounts.regenerateKey ended #1', 'crash');

  it.each([
    // Key 2 is published again first.
    { planner: 'script', published: 1, regenerated: 1 },
    { planner: 'patient', published: 0, regenerated: 1 },
  ] as const)('runs what died again: $planner', async ({ planner, published, regenerated }) => {
    const usual = await measured(planner, givenScenario());
    const again = await measured(planner, givenScenario(), dies);
    expect(again.keysPublished - usual.keysPublished).toBe(published);
    expect(again.keysRegenerated - usual.keysRegenerated).toBe(regenerated);
  });

  it('runs once at a time', async () => {
    const at = START + 7 * DAY + MINUTE;
    const asked: Incident = { id: 'asked', at, account: ACCOUNT, deed: { kind: 'rotate' } };
    const usual = await measured('patient', givenScenario());
    const twice = await measured('patient', givenScenario({ incidents: [asked] }));
    expect(twice.keysPublished).toBe(usual.keysPublished + 2);
    expect(twice).toMatchObject({ activeKeysKilled: 0, appFailures: 0 });
  });
});

it.each(PLANNERS)('%s comes to the same in the same world', async (planner) => {
  const contest = { planner, seed: 16, days: 20 };
  const [first, second] = [await measure(contest), await measure(contest)];
  expect(second).toEqual(first);
  expect(first.trace.some((line) => line.includes('service regenerated'))).toBe(true);
});

it('an operator who wants a rotation gets one of each planner', async () => {
  const asked: Incident = {
    id: 'asked',
    at: START + 4 * DAY,
    account: ACCOUNT,
    deed: { kind: 'rotate' },
  };
  for (const planner of PLANNERS) {
    const world = givenScenario({ days: 5, incidents: [asked] });
    const { trace } = await rotateIn(world, planner);
    const then = (line: string) => line.startsWith('2026-01-09') && line.includes('service set');
    expect(trace.some(then), planner).toBe(true);
  }
});
