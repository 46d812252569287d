import { bundleWorker } from '../bundle.ts';
import { runSeeds } from '../pool.ts';
import { BUGS } from './bugs.ts';

/** How a bug was found out. */
export interface Caught {
  readonly name: string;
  /** What it violates; null: it was not caught. */
  readonly statement: string | null;
  readonly seeds: number;
}

/** Runs worlds with each bug in turn, until one shows it. Returns the process's exit code. */
export async function plantAll({
  seeds,
  from,
  days,
  json,
}: {
  readonly seeds: number;
  readonly from: number;
  readonly days: number;
  readonly json?: true;
}): Promise<number> {
  const all: Caught[] = [];
  for (const bug of BUGS) {
    const planted = await bundleWorker(bug);
    const list = Array.from({ length: seeds }, (_, index) => from + index);
    const results = await runSeeds(list, {
      days,
      script: planted.script,
      isEnough: ({ violations }) => violations.length > 0,
    });
    await planted.remove();
    const violations = results.flatMap((result) => result.violations);
    const caught = {
      name: bug.name,
      statement: violations[0]?.statement ?? null,
      seeds: results.length,
    };
    all.push(caught);
    if (!json) console.log(lineOf(caught));
  }
  const missed = all.filter(({ statement }) => statement === null);
  if (json) console.log(JSON.stringify({ planted: all.length, missed: missed.length, bugs: all }));
  else console.log(`\n${all.length} bugs, ${missed.length} not caught`);
  return missed.length === 0 ? 0 : 1;
}

function lineOf({ name, statement, seeds }: Caught): string {
  const found = statement === null ? 'NOT CAUGHT' : statement;
  return `${found.padEnd(12)} after ${String(seeds).padStart(3)} worlds  ${name}`;
}
