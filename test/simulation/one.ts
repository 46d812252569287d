import { describe } from './deeds.ts';
import { type Outcome, run } from './run.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { type Shrunk, shrink } from './shrink.ts';
import { resultOf, summaryOf } from './summary.ts';
import { textOf } from './text.ts';
import { momentOf } from './units.ts';

/** How one world is run and told of. */
export interface OneOptions {
  readonly days: number;
  readonly json?: true | undefined;
  /** The whole timeline. */
  readonly trace?: true | undefined;
  /** The name of the bug that is in the production code here. */
  readonly bug?: string | undefined;
}

/** Runs one world, and on a violation finds what is enough for it. Returns the process's exit code. */
export async function one(seed: number, { days, json, trace, bug }: OneOptions): Promise<number> {
  const scenario = scenarioOf(seed, days);
  const startedAt = Date.now();
  const outcome = await run(scenario, { stopAtViolation: true });
  const summary = summaryOf([resultOf(outcome)], days, Date.now() - startedAt, bug);
  const [first] = outcome.violations;
  if (!json) {
    tellOf(scenario, outcome, trace === true);
    console.log(`\n${textOf(summary)}`);
  }
  const shrunk = first && (await shrink(scenario, first));
  if (json) console.log(JSON.stringify({ ...summary, ...(shrunk && { shrunk }) }));
  else if (shrunk) console.log(textOfShrunk(shrunk));
  return first ? 1 : 0;
}

function tellOf({ incidents, ...plan }: Scenario, outcome: Outcome, withTrace: boolean): void {
  console.log(`seed ${plan.seed}\n${JSON.stringify(plan, null, 2)}\n`);
  for (const incident of incidents) {
    console.log(`${momentOf(incident.at)}  ${incident.id} ${describe(incident)}`);
  }
  for (const { at, name, what } of outcome.strikes) {
    console.log(`${momentOf(at)}  ${what}: ${name}`);
  }
  if (withTrace) console.log(['', ...outcome.trace].join('\n'));
}

function textOfShrunk({ kept, runs, trace }: Shrunk): string {
  const enough = `Enough for it (after ${runs} runs): ${kept.join('; ') || 'nothing'}`;
  return ['', enough, '', ...trace].join('\n');
}
