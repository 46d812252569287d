import { bundleWorker } from '../bundle.ts';
import { runSeeds } from '../pool.ts';
import { scenarioOf } from '../scenario.ts';
import { STATEMENTS, type Statement } from '../violations.ts';
import { BUGS, type Bug } from './bugs.ts';

/** How a bug was found out. */
export interface Caught {
  readonly name: string;
  /** What it violates; null: it was not caught. */
  readonly statement: Statement | null;
  /** The first seed that shows it. */
  readonly seed: number | null;
  readonly message: string | null;
  /** How many worlds were begun until then. */
  readonly seeds: number;
}

/** Which worlds are run with each bug. */
export interface PlantOptions {
  readonly seeds: number;
  readonly from: number;
  readonly days: number;
  readonly json?: true;
}

/** Runs worlds with each bug in turn, until one shows it. Returns the process's exit code. */
export async function plantAll(options: PlantOptions): Promise<number> {
  const all: Caught[] = [];
  for (const bug of BUGS) {
    const caught = await plant(bug, options);
    all.push(caught);
    if (!options.json) console.log(linesOf(caught));
  }
  const missed = all.filter(({ statement }) => statement === null).length;
  if (options.json) console.log(JSON.stringify({ planted: all.length, missed, bugs: all }));
  else console.log(`\n${all.length} bugs, ${missed} not caught`);
  return missed === 0 ? 0 : 1;
}

/** Runs worlds with one bug, until one shows it. */
export async function plant(bug: Bug, { seeds, from, days }: PlantOptions): Promise<Caught> {
  const planted = await bundleWorker(bug);
  const results = await runSeeds(seedsFor(bug, seeds, from), {
    days,
    script: planted.script,
    isEnough: ({ violations }) => violations.length > 0,
  });
  await planted.remove();
  const first = results.find(({ violations }) => violations.length > 0);
  const violation = first?.violations[0];
  return {
    name: bug.name,
    statement: violation?.statement ?? null,
    seed: first?.seed ?? null,
    message: violation?.message ?? null,
    seeds: results.length,
  };
}

/** So many seeds of the worlds in which the bug is looked for. */
function seedsFor({ theme }: Bug, count: number, from: number): number[] {
  const seeds: number[] = [];
  for (let seed = from; seeds.length < count; seed += 1) {
    if (theme === undefined || scenarioOf(seed, 1).theme === theme) seeds.push(seed);
  }
  return seeds;
}

function linesOf({ name, statement, seed, message, seeds }: Caught): string {
  const worlds = `after ${seeds} ${seeds === 1 ? 'world' : 'worlds'}`;
  if (statement === null) return `NOT CAUGHT ${worlds}: ${name}`;
  return `caught ${worlds}: ${name}\n  ${STATEMENTS[statement]} Seed ${seed}: ${message}`;
}
