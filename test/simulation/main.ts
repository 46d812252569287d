/** `npm run simulate`: see the options, and the README's chapter on trust. */

import { CommanderError } from 'commander';
import { compare } from './baselines/run.ts';
import { bundleWorker } from './bundle.ts';
import { enumerate } from './exhaustive/run.ts';
import { one } from './one.ts';
import { type Options, readOptions, USAGE_ERROR } from './options.ts';
import { plantAll, replay } from './planted/run.ts';
import { runSeeds } from './pool.ts';
import { summaryOf } from './summary.ts';
import { textOf } from './text.ts';

process.exitCode = await main(process.argv.slice(2));

/** Commander has told already what is wrong with the command line, or what was asked for. */
async function main(args: readonly string[]): Promise<number> {
  try {
    return await simulate(readOptions(args));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : USAGE_ERROR;
  }
}

async function simulate(options: Options): Promise<number> {
  const { seed, planted, exhaustive, planner, ...rest } = options;
  if (planner) return compare({ planner, seed, ...rest });
  if (typeof planted === 'string' && seed !== undefined) return replay(planted, seed, rest);
  if (planted) return plantAll(planted === true ? undefined : planted, rest);
  if (exhaustive) return enumerate(rest);
  return seed === undefined ? many(rest) : one(seed, rest);
}

async function many({ seeds, from, days, json }: Omit<Options, 'seed'>): Promise<number> {
  const startedAt = Date.now();
  const list = Array.from({ length: seeds }, (_, index) => from + index);
  let ended = 0;
  const production = await bundleWorker();
  const results = await runSeeds(list, {
    days,
    script: production.script,
    onResult: () => {
      ended += 1;
      if (process.stderr.isTTY) process.stderr.write(`\r${ended} of ${seeds} worlds`);
    },
  });
  await production.remove();
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const summary = summaryOf(results, days, Date.now() - startedAt);
  console.log(json ? JSON.stringify(summary) : textOf(summary));
  return summary.violations.length === 0 ? 0 : 1;
}
