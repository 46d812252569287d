/** `npm run simulate`: see the options, and the README's chapter on trust. */

import { compare } from './baselines/run.ts';
import { bundleWorker } from './bundle.ts';
import { describe as describeIncident } from './deeds.ts';
import { enumerate } from './exhaustive/run.ts';
import { type Options, readOptions } from './options.ts';
import { plantAll } from './planted/run.ts';
import { runSeeds } from './pool.ts';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';
import { shrink } from './shrink.ts';
import { resultOf, type Summary, summaryOf } from './summary.ts';
import { momentOf } from './units.ts';
import { STATEMENTS } from './violations.ts';

/** Lines of a timeline that are shown before a violation. */
const LINES_BEFORE = 60;

const options = readOptions(process.argv.slice(2));
process.exitCode = await simulate(options);

async function simulate(options: Options): Promise<number> {
  const { seed, planted, exhaustive, planner, ...rest } = options;
  if (planner) return compare({ planner, seed, ...rest });
  if (planted) return plantAll(rest);
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

function textOf({ violations, ...counts }: Summary): string {
  const lines = Object.entries(counts).map(([name, count]) => `${name.padEnd(24)}${count}`);
  const found = violations.map(
    ({ seed, statement, account, at, message, command }) =>
      `seed ${seed}, ${momentOf(at)}, ${account}: ${message}\n  ${STATEMENTS[statement]}\n  ${command}`,
  );
  return [...lines, '', ...(found.length > 0 ? found : ['No statement was violated.'])].join('\n');
}

async function one(seed: number, { days, json, trace }: Omit<Options, 'seed'>): Promise<number> {
  const scenario = scenarioOf(seed, days);
  const startedAt = Date.now();
  const outcome = await run(scenario, { stopAtViolation: true });
  const summary = summaryOf([resultOf(outcome)], days, Date.now() - startedAt);
  const [first] = outcome.violations;
  if (json) console.log(JSON.stringify(summary));
  else {
    const { incidents, ...plan } = scenario;
    console.log(`seed ${seed}\n${JSON.stringify(plan, null, 2)}\n`);
    for (const incident of incidents) {
      console.log(`${momentOf(incident.at)}  ${incident.id} ${describeIncident(incident)}`);
    }
    for (const { at, name, what } of outcome.strikes)
      console.log(`${momentOf(at)}  ${what}: ${name}`);
    if (trace) console.log(['', ...outcome.trace].join('\n'));
    console.log(`\n${textOf(summary)}`);
    if (first) {
      const shrunk = await shrink(scenario, first);
      console.log(
        `\nEnough for it (after ${shrunk.runs} runs): ${shrunk.kept.join('; ') || 'nothing'}\n`,
      );
      const end = shrunk.trace.findIndex((line) => line.includes('VIOLATION')) + 1;
      console.log(shrunk.trace.slice(Math.max(0, end - LINES_BEFORE), end).join('\n'));
    }
  }
  return first ? 1 : 0;
}
