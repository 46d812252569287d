import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { bundleWorker } from '../bundle.ts';
import type { OneOptions } from '../one.ts';
import { runSeeds } from '../pool.ts';
import { scenarioOf } from '../scenario.ts';
import { commandOf } from '../summary.ts';
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
  /** What shows it again. */
  readonly command: string | null;
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

/** Runs worlds with each bug in turn, or with that of a name, until one shows it. Returns the process's exit code. */
export async function plantAll(name: string | undefined, options: PlantOptions): Promise<number> {
  const all: Caught[] = [];
  for (const bug of BUGS.filter((each) => name === undefined || each.name === name)) {
    const caught = await plant(bug, options);
    all.push(caught);
    if (!options.json) console.log(linesOf(caught));
  }
  const missed = all.filter(({ statement }) => statement === null).length;
  if (options.json) console.log(JSON.stringify({ planted: all.length, missed, bugs: all }));
  else console.log(`\n${all.length} planted, ${missed} not caught`);
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
    command: first ? commandOf(first.seed, days, bug.name) : null,
    seeds: results.length,
  };
}

/** Lives through one world with the bug of this name. Returns the process's exit code. */
export async function replay(name: string, seed: number, options: OneOptions): Promise<number> {
  const bug = BUGS.find((each) => each.name === name);
  const planted = await bundleWorker(bug, new URL('./replay.ts', import.meta.url));
  const worker = new Worker(planted.script, { workerData: { ...options, seed, bug: name } });
  const [exitCode] = (await once(worker, 'exit')) as [number];
  await planted.remove();
  return exitCode;
}

/** So many seeds of the worlds in which the bug is looked for. */
function seedsFor({ theme }: Bug, count: number, from: number): number[] {
  const seeds: number[] = [];
  for (let seed = from; seeds.length < count; seed += 1) {
    if (theme === undefined || scenarioOf(seed, 1).theme === theme) seeds.push(seed);
  }
  return seeds;
}

function linesOf({ name, statement, seed, message, command, seeds }: Caught): string {
  const worlds = `after ${seeds} ${seeds === 1 ? 'world' : 'worlds'}`;
  if (statement === null) return `NOT CAUGHT ${worlds}: ${name}`;
  return `caught ${worlds}: ${name}\n  ${STATEMENTS[statement]} Seed ${seed}: ${message}\n  ${command}`;
}
