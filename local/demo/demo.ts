import { setTimeout as sleep } from 'node:timers/promises';
import { announceService } from '../examples/startedService.ts';
import { type AccountView, fetchAccounts } from './accountsApi.ts';
import { AcknowledgementLog, type NotedAcknowledgement } from './acknowledgements.ts';
import { type LoggedStep, parseHostLine } from './hostLog.ts';
import type { DemoOptions } from './options.ts';
import { expectFreePorts } from './ports.ts';
import { type Result, resultOf } from './result.ts';
import { rowsOf } from './rows.ts';
import { type DemoRun, startRun } from './run.ts';
import { ACCOUNTS, type Pace, ROTATABLE, TO_CHECK, TO_WATCH } from './scenario.ts';
import type { Screen } from './screen.ts';
import { addresses, announcement, closing, verdict } from './texts.ts';
import { totalsOf } from './totals.ts';

const REFRESH_INTERVAL_MS = 500;
/** A run that has not ended by then has failed; one on a machine that is busy needs more than the usual. */
const ONCE_LIMIT_MS = 300_000;

const ACKNOWLEDGED = 'Acknowledged';

/** Where a run shows itself, and where its result goes for programs to read. */
export interface Outputs {
  readonly screen: Screen;
  readonly writeJson: (line: string) => void;
}

/** Runs the demo until it is done or interrupted. Returns the process's exit code. */
export async function runDemo(
  options: DemoOptions,
  outputs: Outputs,
  interrupted: AbortSignal,
): Promise<number> {
  await expectFreePorts(options);
  const startedAt = Date.now();
  const { screen } = outputs;
  screen.print('Starting storage, the simulated Azure, the service and two apps …');
  // The service is at work before the apps are there; what it says is shown after the addresses.
  const early: LoggedStep[] = [];
  let showStep = (step: LoggedStep): unknown => early.push(step);
  const run = await startRun(options, paceOf(options), (line) => {
    const step = parseHostLine(line);
    if (step && step.reason !== ACKNOWLEDGED) showStep(step);
  });
  let exitCode = 0;
  try {
    // Who ends by itself soon is not to be found by others.
    if (!options.once) await announceService(run.environment);
    screen.print(options.once ? announcement(ONCE_LIMIT_MS) : addresses(run.environment));
    showStep = (step) => screen.step(step);
    early.forEach(showStep);
    const log = new AcknowledgementLog();
    const isLate = () => Date.now() - startedAt > ONCE_LIMIT_MS;
    const isDone = () => interrupted.aborted || (options.once && (hasRotated(run) || isLate()));
    const hostExit = run.environment.host.exited;
    const watched = watch(run, paceOf(options), screen, log, isDone);
    await Promise.race([watched, endedTooSoon(hostExit, interrupted)]);
    screen.close();
    if (interrupted.aborted) screen.print('\nEnding: the last requests are answered first …');
    await run.stopApps();
    if (options.once) {
      const isComplete = hasRotated(run);
      const result = await check(run, log, startedAt);
      const problems = isComplete ? result.problems : [TOO_LATE, ...result.problems];
      const told = { ...result, problems: interrupted.aborted ? [CUT_SHORT] : problems };
      exitCode = tell(told, options, outputs);
    }
  } finally {
    screen.close();
    await run.stop();
  }
  if (!interrupted.aborted) return exitCode;
  screen.print(closing(totalsOf(run), Date.now() - startedAt));
  return options.once ? 1 : 0;
}

function paceOf({ once }: DemoOptions): Pace {
  return once ? TO_CHECK : TO_WATCH;
}

async function watch(
  run: DemoRun,
  pace: Pace,
  screen: Screen,
  log: AcknowledgementLog,
  isDone: () => boolean,
): Promise<void> {
  const accounts = ACCOUNTS.map(({ name, kind = '' }) => ({ name, kind }));
  let views: AccountView[] = [];
  const show = () => screen.show(rowsOf(accounts, views, totalsOf(run), pace, Date.now()));
  while (!isDone()) {
    const seen = await fetchAccounts(run.environment);
    // What was seen last stays in view while the service does not answer.
    if (seen.length > 0) views = seen;
    for (const noted of log.note(views)) screen.step(acknowledgedStep(noted));
    show();
    await sleep(REFRESH_INTERVAL_MS);
  }
  show();
}

/** In place of the service's own line, which does not name the key: by what the API shows. */
function acknowledgedStep(noted: NotedAcknowledgement): LoggedStep {
  const { account, subscriber, fingerprint, at } = noted;
  const message = `${subscriber} uses the active key (${fingerprint})`;
  const time = at.slice(11, 19);
  return { time, account, reason: ACKNOWLEDGED, message, level: 'information' };
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

/** What came of a run whose apps have ended. */
async function check(run: DemoRun, log: AcknowledgementLog, startedAt: number): Promise<Result> {
  log.note(await fetchAccounts(run.environment));
  await run.environment.host.stop();
  return resultOf(run, log, Date.now() - startedAt);
}

/** Says it instead of all that is missing at that point. */
const CUT_SHORT = 'expected a complete rotation of each account, found the run ended by hand';

const TOO_LATE = `expected a complete rotation of each account within ${ONCE_LIMIT_MS / 1_000} s; what each waits for is above`;

/** Prints a result, and returns the exit code that it makes. */
function tell(result: Result, { json }: DemoOptions, { screen, writeJson }: Outputs): number {
  screen.print(verdict(result, screen.display));
  if (json) writeJson(JSON.stringify({ ...result.summary, problems: result.problems }));
  return result.problems.length === 0 ? 0 : 1;
}
