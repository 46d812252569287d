import type { KeySlot } from '../azure/model/key-ring.ts';
import {
  type AcknowledgementLog,
  type AcknowledgementTotals,
  acknowledgementProblems,
} from './acknowledgements.ts';
import { type KeyTrial, tryEveryKey } from './oldKeys.ts';
import type { DemoRun } from './run.ts';
import { KEYLESS, ROTATABLE, secretNameOf } from './scenario.ts';
import {
  type AccountTotals,
  type ClosedRotation,
  closedRotations,
  sum,
  totalsOf,
} from './totals.ts';

/** The counts of a run; what `--json` prints. */
export interface Summary {
  accounts: number;
  rotationsCompleted: number;
  requestsServed: number;
  requestsFailed: number;
  keysRegenerated: Record<KeySlot, number>;
  staleKeysConfirmedDead: number;
  eventsDelivered: number;
  acknowledgements: Pick<AcknowledgementTotals, 'expected' | 'received'>;
  accountsSkipped: number;
  durationMs: number;
}

/** One account's part, with all its keys tried. */
export interface AccountResult extends AccountTotals {
  readonly trial: KeyTrial;
  readonly closed: readonly ClosedRotation[];
  readonly acknowledgements: AcknowledgementTotals;
}

/** The outcome of a run: good when there is no problem. */
export interface Result {
  readonly summary: Summary;
  readonly accounts: readonly AccountResult[];
  /** One line for each count that is not as it must be. */
  readonly problems: readonly string[];
}

/** Adds up and checks a run whose apps have ended. Tries every key that ever was, from outside. */
export async function resultOf(
  run: DemoRun,
  log: AcknowledgementLog,
  durationMs: number,
): Promise<Result> {
  const { azure } = run.environment;
  const accounts: AccountResult[] = [];
  for (const totals of totalsOf(run)) {
    const account = azure.model.accounts.all().find(({ name }) => name === totals.name);
    if (!account) continue;
    const trial = await tryEveryKey(account, azure.caPem);
    const closed = closedRotations(azure, account);
    accounts.push({ ...totals, trial, closed, acknowledgements: log.totals(account, closed) });
  }
  const rotatable = accounts.filter(({ name }) => ROTATABLE.some((spec) => spec.name === name));
  const untouched = KEYLESS.filter(({ name }) => isUntouched(run, name));
  const over = (count: (account: AccountResult) => number) => sum(accounts.map(count));
  const summary: Summary = {
    accounts: accounts.length,
    rotationsCompleted: over(({ rotationsCompleted }) => rotationsCompleted),
    requestsServed: over(({ served }) => sum(served)),
    requestsFailed: over(({ failed }) => sum(failed)),
    keysRegenerated: {
      Key1: over(({ keysRegenerated }) => keysRegenerated.Key1),
      Key2: over(({ keysRegenerated }) => keysRegenerated.Key2),
    },
    staleKeysConfirmedDead: over(({ trial }) => trial.oldRefused),
    eventsDelivered: azure.model.topic.attempts.filter(({ status }) => status === 200).length,
    acknowledgements: {
      expected: over(({ acknowledgements }) => acknowledgements.expected),
      received: over(({ acknowledgements }) => acknowledgements.received),
    },
    accountsSkipped: untouched.length,
    durationMs,
  };
  const problems = [
    ...rotatable.flatMap((account) => accountProblems(account, run)),
    ...run.guard.violations,
    ...KEYLESS.filter((account) => !untouched.includes(account)).map(
      ({ name }) => `${name}: expected to be left alone, found it touched`,
    ),
    ...run.appOutput.map((line) => `an app printed: ${line}`),
  ];
  if (summary.eventsDelivered === 0) problems.push('expected delivered events, found none');
  return { summary, accounts, problems };
}

function accountProblems(
  { name, served, failed, trial, closed, acknowledgements, ...account }: AccountResult,
  { apps }: DemoRun,
): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, text: string) => {
    if (!holds) problems.push(`${name}: ${text}`);
  };
  expect(account.rotationsCompleted > 0, 'expected a complete rotation, found none');
  expect(account.keysRegenerated.Key1 > 0, 'expected Key1 to be regenerated');
  expect(account.keysRegenerated.Key2 > 0, 'expected Key2 to be regenerated');
  apps.forEach((app, index) => {
    expect((served[index] ?? 0) > 0, `the app that ${app.name} had no request served`);
  });
  expect(sum(failed) === 0, `${sum(failed)} requests failed: ${account.lastFailure}`);
  const { old, oldRefused, currentAccepted } = trial;
  expect(oldRefused === old, `${old - oldRefused} of ${old} old keys still work`);
  expect(currentAccepted === 2, `expected both current keys to work, found ${currentAccepted}`);
  for (const { rotationId, cause, confirmedDead } of closed) {
    const isProven = cause === 'adoption' || confirmedDead;
    expect(isProven, `rotation ${rotationId} ended without proof of the old key's death`);
  }
  for (const problem of acknowledgementProblems(acknowledgements)) expect(false, problem);
  return problems;
}

/** Neither key regenerated, and no secret made for it. */
function isUntouched({ environment, vault }: DemoRun, name: string): boolean {
  const account = environment.azure.model.accounts.all().find((each) => each.name === name);
  return account?.keys.regenerations.length === 0 && vault.peek(secretNameOf(name)).length === 0;
}
