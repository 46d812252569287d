import { beCalm } from '../run.ts';
import { type Scenario, scenarioOf } from '../scenario.ts';
import { DAY } from '../units.ts';
import { World } from '../world.ts';
import { type Baseline, periodMsOf } from './baseline.ts';
import { Sample } from './sample.ts';
import { Script } from './script.ts';

/** What rotates keys in a simulated world. */
export const PLANNERS = ['twinkey', 'sample', 'script'] as const;
/** One of {@link PLANNERS}. */
export type Planner = (typeof PLANNERS)[number];

/** What one of them came to in a world, by what can be seen from outside. */
export interface Measured {
  readonly seed: number;
  readonly rotations: number;
  readonly appRequests: number;
  /** Requests refused of apps that reload in time, unless a person was the cause. */
  readonly appFailures: number;
  /** Active keys that it regenerated itself. */
  readonly activeKeysKilled: number;
  /** Keys that it published and that the account did not accept. */
  readonly deadKeysPublished: number;
  /** Accounts whose secret held no living key, long after all faults had ended. */
  readonly deadAtEnd: number;
  /** Accounts whose key was older than its period and a week by then. */
  readonly overdueAtEnd: number;
}

/** What operators ask for: by the service's API, of which the others have nothing. */
const ASKED_FOR = ['rotate', 'compromised', 'rollback', 'hold', 'keyless'];
/** From the end of all faults until what is left undone counts. */
const REST_MS = 16 * DAY;
const GRACE_MS = 7 * DAY;

/** Lets a planner rotate keys in the world of a seed. */
export async function measure(planner: Planner, seed: number, days: number): Promise<Measured> {
  const scenario = scenarioOf(seed, days);
  const world = new World(planner === 'twinkey' ? scenario : withoutOperators(scenario));
  const baseline = baselineOf(planner, world);
  world.start(baseline);
  for (const { at, account, deed } of baseline ? scenario.incidents : []) {
    if (deed.kind === 'rotate') world.time.schedule(at, () => baseline?.rotate(account));
  }
  await world.live(days * DAY);
  await beCalm(world);
  await world.live(REST_MS);
  world.stop();
  const { oracle } = world;
  const count = (statement: string) =>
    oracle.violations.filter((violation) => violation.statement === statement).length;
  return {
    seed,
    rotations: baseline?.rotations ?? oracle.rotations,
    appRequests: oracle.appRequests,
    appFailures: oracle.appFailures,
    activeKeysKilled: count('activeKey'),
    deadKeysPublished: count('published'),
    ...atEnd(world),
  };
}

function withoutOperators(scenario: Scenario): Scenario {
  const incidents = scenario.incidents.filter(({ deed }) => !ASKED_FOR.includes(deed.kind));
  const accounts = scenario.accounts.map((account) => ({ ...account, secretFrom: undefined }));
  return { ...scenario, accounts, incidents };
}

function baselineOf(planner: Planner, world: World): Baseline | undefined {
  switch (planner) {
    case 'twinkey':
      return undefined;
    case 'sample':
      return new Sample(world);
    case 'script':
      return new Script(world);
  }
}

function atEnd(world: World): Pick<Measured, 'deadAtEnd' | 'overdueAtEnd'> {
  let deadAtEnd = 0;
  let overdueAtEnd = 0;
  for (const { name } of world.scenario.accounts) {
    if (!world.knows(name)) continue;
    const { keys, disableLocalAuth } = world.account(name);
    if (disableLocalAuth) continue;
    const newest = world.vault.peek(`${name}-key`).at(-1);
    if (!newest?.enabled || !keys.accepts(newest.value)) deadAtEnd += 1;
    const age = world.time.now() - (newest?.created ?? 0) * 1000;
    if (age > periodMsOf(world, name) + GRACE_MS) overdueAtEnd += 1;
  }
  return { deadAtEnd, overdueAtEnd };
}
