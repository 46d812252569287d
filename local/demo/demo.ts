import { setTimeout as sleep } from 'node:timers/promises';
import { fetchAccounts } from './accountsApi.ts';
import { parseHostLine } from './hostLog.ts';
import type { DemoOptions } from './options.ts';
import { type Result, resultOf } from './result.ts';
import { rowsOf } from './rows.ts';
import { type DemoRun, startRun } from './run.ts';
import { ACCOUNTS, type Pace, ROTATABLE, TO_CHECK, TO_WATCH } from './scenario.ts';
import type { Screen } from './screen.ts';
import { resultTable } from './tables.ts';
import { totalsOf } from './totals.ts';

const REFRESH_INTERVAL_MS = 500;
/** A run that has not ended by then has failed; the rest of 90 seconds is for stopping. */
const ONCE_LIMIT_MS = 80_000;

/** Runs the demo until it is done or interrupted. Returns the process's exit code. */
export async function runDemo(
  options: DemoOptions,
  screen: Screen,
  interrupted: AbortSignal,
): Promise<number> {
  const startedAt = Date.now();
  const pace = options.once ? TO_CHECK : TO_WATCH;
  screen.print('Starting storage, the simulated Azure, the service and two apps …');
  const run = await startRun(options, pace, (line) => {
    const step = parseHostLine(line);
    if (step) screen.step(step);
  });
  try {
    screen.print(addresses(run));
    const isDone = () =>
      interrupted.aborted ||
      (options.once && (hasRotated(run) || Date.now() - startedAt > ONCE_LIMIT_MS));
    const hostExit = run.environment.host.exited;
    await Promise.race([watch(run, pace, screen, isDone), endedTooSoon(hostExit, interrupted)]);
    screen.close();
    if (!options.once) return 0;
    await run.stopApps();
    await run.environment.host.stop();
    const result = await resultOf(run, Date.now() - startedAt);
    print(result, options, screen);
    return result.problems.length === 0 && !interrupted.aborted ? 0 : 1;
  } finally {
    await run.stop();
  }
}

async function watch(
  run: DemoRun,
  pace: Pace,
  screen: Screen,
  isDone: () => boolean,
): Promise<void> {
  while (!isDone()) {
    const views = await fetchAccounts(run.environment);
    const accounts = ACCOUNTS.map(({ name, kind = '' }) => ({ name, kind }));
    screen.show(rowsOf(accounts, views, totalsOf(run), pace, Date.now()));
    await sleep(REFRESH_INTERVAL_MS);
  }
}

/** Rejects when the host ends by itself; Ctrl-C reaches it as well and is no fault of its own. */
async function endedTooSoon(exited: Promise<unknown>, interrupted: AbortSignal): Promise<void> {
  const code = await exited;
  if (!interrupted.aborted) throw new Error(`The Functions host ended unexpectedly (${code}).`);
}

function hasRotated(run: DemoRun): boolean {
  const totals = totalsOf(run);
  return ROTATABLE.every(({ name }) =>
    totals.some((account) => account.name === name && account.rotationsCompleted > 0),
  );
}

function addresses({ environment }: DemoRun): string {
  const { azure, host, functionKeyFile, vaultUrl } = environment;
  return [
    '',
    `Dashboard   ${host.url}/api/dashboard`,
    `HTTP API    ${host.url}/api`,
    `ARM         ${azure.armEndpoint}`,
    `Key Vault   ${vaultUrl}`,
    `Event Grid  ${azure.topicEndpoint}`,
    '',
    'Ask the API from another terminal, e.g.',
    `  curl -H "x-functions-key: $(cat ${functionKeyFile})" ${host.url}/api/accounts`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

function print(result: Result, { json }: DemoOptions, screen: Screen): void {
  screen.print(`\n${resultTable(result)}\n`);
  for (const problem of result.problems) screen.print(`NOT AS IT MUST BE: ${problem}`);
  if (result.problems.length === 0) {
    screen.print('No request failed, every old key is dead, no active key was touched.');
  }
  if (json) screen.print(JSON.stringify(result.summary));
}
