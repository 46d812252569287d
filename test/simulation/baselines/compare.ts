import type { Choose } from '../draws.ts';
import { beCalm } from '../run.ts';
import { type Scenario, scenarioOf } from '../scenario.ts';
import { DAY, HOUR } from '../units.ts';
import { World } from '../world.ts';
import { type Baseline, overlapMsOf } from './baseline.ts';
import { HourlyLook, type Measured, measuresOf, REST_MS } from './measures.ts';
import { Sample } from './sample.ts';
import { Script } from './script.ts';

/** What rotates keys in a simulated world; `patient` is the script with a wait that is long enough. */
export const PLANNERS = ['twinkey', 'sample', 'script', 'patient'] as const;
/** One of {@link PLANNERS}. */
export type Planner = (typeof PLANNERS)[number];

/** A world, and what rotates keys in it. */
export interface Contest {
  readonly planner: Planner;
  readonly seed: number;
  readonly days: number;
  /** Nobody touches keys and secrets behind the planner's back. */
  readonly leftAlone?: boolean;
}

/** How long the script waits for apps, as one job can. */
const WAIT_OF_A_JOB_MS = HOUR;

/** What a planner came to, and the timeline. */
export interface Told {
  readonly measured: Measured;
  readonly trace: readonly string[];
}

/** Lets a planner rotate keys in the world of a seed. */
export function measure({ planner, seed, days, leftAlone = false }: Contest): Promise<Told> {
  return rotateIn({ ...scenarioOf(seed, days), leftAlone }, planner);
}

/** Lets a planner rotate keys in a world, of which `choose` may say what goes wrong. */
export async function rotateIn(
  scenario: Scenario,
  planner: Planner,
  choose?: Choose,
): Promise<Told> {
  const world = new World(planner === 'twinkey' ? scenario : withoutSecrets(scenario), { choose });
  world.planner = baselineOf(planner, world) ?? world.planner;
  const seen = new HourlyLook(world);
  world.start();
  await world.live(scenario.days * DAY);
  await beCalm(world);
  await world.live(REST_MS);
  world.stop();
  return { measured: measuresOf(world, seen), trace: world.oracle.trace };
}

/** What the others begin with they set up themselves. */
function withoutSecrets(scenario: Scenario): Scenario {
  const accounts = scenario.accounts.map((plan) => ({ ...plan, secretFrom: undefined }));
  return { ...scenario, accounts };
}

function baselineOf(planner: Planner, world: World): Baseline | undefined {
  switch (planner) {
    case 'twinkey':
      return undefined;
    case 'sample':
      return new Sample(world);
    case 'script':
      return new Script(world, { waitMs: () => WAIT_OF_A_JOB_MS, inStages: false });
    case 'patient':
      return new Script(world, { waitMs: (name) => overlapMsOf(world, name), inStages: true });
  }
}
