import { bundleWorker } from '../bundle.ts';
import { spread } from '../pool.ts';
import { type Measured, PLANNERS, type Planner } from './compare.ts';

/** All worlds of one planner together. */
interface Row extends Omit<Measured, 'seed'> {
  readonly planner: Planner;
  readonly worlds: number;
  /** Worlds in which no request of an app failed. */
  readonly worldsWithoutFailure: number;
}

/**
 * Lets one planner, or all, rotate keys in the same worlds and prints what each came to, as a Markdown
 * table or as JSON. Returns the process's exit code: 1 when a request failed of an app of Twinkey's.
 */
export async function compare(options: {
  readonly planner: Planner | 'all';
  readonly seeds: number;
  readonly from: number;
  readonly days: number;
  readonly json?: true;
}): Promise<number> {
  const { planner, seeds, from, days, json } = options;
  const planners = planner === 'all' ? PLANNERS : [planner];
  const list = Array.from({ length: seeds }, (_, index) => from + index);
  const worker = await bundleWorker(undefined, new URL('./worker.ts', import.meta.url));
  const rows: Row[] = [];
  for (const each of planners) {
    const tasks = list.map((seed) => ({ planner: each, seed }));
    const { script } = worker;
    const results = await spread<(typeof tasks)[number], Measured>(tasks, {
      script,
      workerData: { days },
    });
    rows.push(rowOf(each, results));
  }
  await worker.remove();
  console.log(json ? JSON.stringify(rows) : tableOf(rows));
  return rows.some((row) => row.planner === 'twinkey' && row.appFailures > 0) ? 1 : 0;
}

function rowOf(planner: Planner, results: readonly Measured[]): Row {
  const sum = (name: Exclude<keyof Measured, 'seed'>) =>
    results.reduce((total, result) => total + result[name], 0);
  return {
    planner,
    worlds: results.length,
    rotations: sum('rotations'),
    appRequests: sum('appRequests'),
    appFailures: sum('appFailures'),
    worldsWithoutFailure: results.filter(({ appFailures }) => appFailures === 0).length,
    activeKeysKilled: sum('activeKeysKilled'),
    deadKeysPublished: sum('deadKeysPublished'),
    deadAtEnd: sum('deadAtEnd'),
    overdueAtEnd: sum('overdueAtEnd'),
  };
}

const MEASURES: readonly (readonly [title: string, of: (row: Row) => string | number])[] = [
  ['Rotations', ({ rotations }) => rotations],
  ['Requests of apps', ({ appRequests }) => appRequests],
  ['of these failed', ({ appFailures }) => appFailures],
  ['Worlds without a failed request', (row) => `${row.worldsWithoutFailure} of ${row.worlds}`],
  ['Active keys regenerated', ({ activeKeysKilled }) => activeKeysKilled],
  ['Keys published before the account accepted them', (row) => row.deadKeysPublished],
  ['Accounts left without a living key at the end', ({ deadAtEnd }) => deadAtEnd],
  ['Accounts that are not rotated any more', ({ overdueAtEnd }) => overdueAtEnd],
];

function tableOf(rows: readonly Row[]): string {
  const lines = [
    ['', ...rows.map(({ planner }) => planner)],
    ['---', ...rows.map(() => '--:')],
    ...MEASURES.map(([title, of]) => [title, ...rows.map((row) => of(row).toLocaleString('en'))]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
