import { compactTable } from '../../ops/compactTable.ts';
import { type Column, fitColumns } from './columns.ts';
import type { Display } from './display.ts';
import type { LoggedStep } from './hostLog.ts';
import type { Result } from './result.ts';
import type { Row } from './rows.ts';
import { sum } from './totals.ts';

type Colors = Display['colors'];

interface RowColumn extends Column {
  readonly isNumber?: true;
  readonly cell: (row: Row, colors: Colors) => string;
}

/** Widths are those of the longest values: names of accounts, kinds, phases and reasons. */
const ROW_COLUMNS: readonly RowColumn[] = [
  { head: 'account', width: 18, dispensable: 0, cell: ({ name }) => name },
  { head: 'kind', width: 17, dispensable: 8, cell: ({ kind }) => kind },
  { head: 'active', width: 6, dispensable: 1, cell: ({ slot }) => slot },
  { head: 'fingerprint', width: 12, dispensable: 7, cell: ({ fingerprint }) => fingerprint },
  { head: 'phase', width: 19, leastWidth: 8, dispensable: 2, cell: ({ phase }) => phase },
  { head: 'left', width: 6, dispensable: 5, isNumber: true, cell: ({ left }) => left },
  {
    head: 'reason',
    width: 22,
    leastWidth: 10,
    dispensable: 6,
    cell: ({ reason, attention }, colors) => (attention ? colors.yellow(reason) : reason),
  },
  {
    head: 'rotations',
    width: 9,
    dispensable: 4,
    isNumber: true,
    cell: ({ rotations }) => String(rotations),
  },
  { head: 'acks', width: 4, dispensable: 3, isNumber: true, cell: ({ acks }) => acks },
  {
    head: 'served',
    width: 7,
    dispensable: 0,
    isNumber: true,
    cell: ({ served }) => String(served),
  },
  {
    head: 'failed',
    width: 6,
    dispensable: 0,
    isNumber: true,
    cell: ({ failed }, colors) => failures(failed, colors),
  },
];

/** The live view's table, as much of it as the display has room for. */
export function accountsTable(rows: readonly Row[], { columns: width, colors }: Display): string {
  const columns = fitColumns(ROW_COLUMNS, width);
  const heads = columns.map(({ head }) => colors.bold(head));
  const lines = rows.map((row) => columns.map(({ cell }) => cell(row, colors)));
  return compactTable([heads, ...lines], {
    ...(Number.isFinite(width) && { widths: columns.map((column) => column.width) }),
    rightAligned: columns.flatMap(({ isNumber }, index) => (isNumber ? [index] : [])),
  });
}

/** What the live view's columns mean, where their names do not say it. */
export function accountsLegend(rows: readonly Row[], { colors }: Display): string {
  const waitedFor = rows.flatMap(({ name, missing }) =>
    missing.map((subscriber) => `${subscriber} (${name})`),
  );
  return [
    'left: of the overlap, or ≤ until the next rotation; served, failed: by both apps',
    'acks: apps that confirmed that they use the active key, of those asked to',
    ...(waitedFor.length > 0 ? [`not yet: ${waitedFor.join(', ')}`] : []),
    ...rows.flatMap(({ name, lastFailure }) =>
      lastFailure === null ? [] : [`failed last: ${name}: ${lastFailure}`],
    ),
  ]
    .map((line) => colors.dim(line))
    .join('\n');
}

/** Below this a step's reason, which its message says in words, gives way to the message. */
const WIDTH_WITH_REASON = 100;

/** One step, in one line. */
export function stepLine(step: LoggedStep, { columns, colors }: Display): string {
  const { time, account, reason, message, level } = step;
  const shown = columns < WIDTH_WITH_REASON ? [] : [reason.padEnd(22)];
  const text = [time, account.padEnd(18), ...shown, message].join('  ');
  if (level === 'information') return text;
  return level === 'warning' ? colors.yellow(text) : colors.red(text);
}

/** The result of a run, account by account. */
export function resultTable({ accounts, summary }: Result, { colors }: Display): string {
  const heads = ['account', 'rotations', 'new keys', 'dead', 'served', 'failed', 'acks'];
  const lines = accounts.map((account) => {
    const { name, rotationsCompleted, keysRegenerated, trial, served, failed } = account;
    const { expected, received } = account.acknowledgements;
    return [
      name,
      String(rotationsCompleted),
      `${keysRegenerated.Key1} + ${keysRegenerated.Key2}`,
      `${trial.oldRefused}/${trial.old}`,
      served.join(' + '),
      failures(sum(failed), colors),
      expected === 0 ? '' : `${received}/${expected}`,
    ];
  });
  const { rotationsCompleted, keysRegenerated, acknowledgements } = summary;
  const old = sum(accounts.map(({ trial }) => trial.old));
  const totals = [
    'all',
    String(rotationsCompleted),
    `${keysRegenerated.Key1} + ${keysRegenerated.Key2}`,
    `${summary.staleKeysConfirmedDead}/${old}`,
    String(summary.requestsServed),
    failures(summary.requestsFailed, colors),
    `${acknowledgements.received}/${acknowledgements.expected}`,
  ];
  const rightAligned = [1, 2, 3, 4, 5, 6];
  return compactTable([heads.map((head) => colors.bold(head)), ...lines, totals], { rightAligned });
}

function failures(count: number, colors: Colors): string {
  return count === 0 ? '0' : colors.red(String(count));
}
