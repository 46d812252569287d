import Table from 'cli-table3';
import picocolors from 'picocolors';
import type { LoggedStep } from './hostLog.ts';
import type { Result } from './result.ts';
import type { Row } from './rows.ts';
import { sum } from './totals.ts';

/** Colours are for people at a terminal; `CI` alone, which the library counts as one, is none. */
const colors = picocolors.createColors(
  process.stdout.isTTY === true && picocolors.isColorSupported,
);

/** Columns under a heading, without lines: it has to fit beside a log. */
const COMPACT = {
  chars: Object.fromEntries(
    ['top', 'bottom', 'mid']
      .flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`])
      .concat('middle', 'left', 'left-mid', 'mid-mid', 'right', 'right-mid')
      .map((name) => [name, '']),
  ),
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
};

/** The live view's table. */
export function accountsTable(rows: readonly Row[]): string {
  const heads = ['account', 'kind', 'active key', 'phase', 'left', 'reason', 'rotations'];
  const table = newTable([...heads, 'served', 'failed'], [4, 6, 7, 8]);
  for (const row of rows) {
    const { name, kind, key, phase, left, rotations, served, failed } = row;
    const reason = row.attention ? colors.yellow(row.reason) : row.reason;
    table.push([name, kind, key, phase, left, reason, rotations, served, failures(failed)]);
  }
  return table.toString();
}

/** One step, in one line. */
export function stepLine({ time, account, reason, message, level }: LoggedStep): string {
  const text = `${time}  ${account.padEnd(18)}  ${reason.padEnd(22)}  ${message}`;
  if (level === 'information') return text;
  return level === 'warning' ? colors.yellow(text) : colors.red(text);
}

/** The result of a run, account by account. */
export function resultTable({ accounts, summary }: Result): string {
  const heads = ['account', 'rotations', 'Key1 regenerated', 'Key2 regenerated', 'old keys dead'];
  const table = newTable([...heads, 'served', 'failed'], [1, 2, 3, 4, 5, 6]);
  const keys = summary.keysRegenerated;
  for (const { name, rotationsCompleted, keysRegenerated, trial, served, failed } of accounts) {
    const counts = [rotationsCompleted, keysRegenerated.Key1, keysRegenerated.Key2];
    const dead = `${trial.oldRefused}/${trial.old}`;
    table.push([name, ...counts, dead, served.join(' + '), failures(sum(failed))]);
  }
  const { rotationsCompleted, staleKeysConfirmedDead, requestsServed, requestsFailed } = summary;
  const totals = [rotationsCompleted, keys.Key1, keys.Key2, staleKeysConfirmedDead, requestsServed];
  table.push(['all', ...totals, failures(requestsFailed)]);
  return table.toString();
}

function newTable(heads: readonly string[], rightAligned: readonly number[]) {
  return new Table({
    ...COMPACT,
    head: heads.map((head) => colors.bold(head)),
    colAligns: heads.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
  });
}

function failures(count: number): string {
  return count === 0 ? '0' : colors.red(String(count));
}
