import { bundleWorker } from '../bundle.ts';
import { spread } from '../pool.ts';
import { HOUR } from '../units.ts';
import { type Contest, measure, PLANNERS, type Planner } from './compare.ts';
import type { Measured } from './measures.ts';

/** All worlds of one planner together. */
interface Row extends Omit<Measured, 'seed' | 'isOrdinary'> {
  readonly planner: Planner;
  readonly worlds: number;
  /** Worlds in which no request of an app failed. */
  readonly worldsWithoutFailure: number;
  readonly ordinaryWorlds: number;
  readonly ordinaryWorldsWithoutFailure: number;
}

/** What is compared in which worlds. */
interface CompareOptions {
  readonly planner: Planner | 'all';
  /** One world alone. */
  readonly seed?: number | undefined;
  readonly seeds: number;
  readonly from: number;
  readonly days: number;
  /** Worlds in which nobody touches keys and secrets behind the planner's back. */
  readonly leftAlone?: true;
  /** With `seed`: the timelines. */
  readonly trace?: true;
  readonly json?: true;
}

/**
 * Lets one planner, or all, rotate keys in the same worlds and prints what each came to, as a Markdown
 * table or as JSON. Returns the process's exit code: 1 when a request failed of an app of Twinkey's.
 */
export async function compare(options: CompareOptions): Promise<number> {
  const { planner, seed, seeds, from, days, leftAlone = false, trace, json } = options;
  const planners = planner === 'all' ? PLANNERS : [planner];
  const list = seed ? [seed] : Array.from({ length: seeds }, (_, index) => from + index);
  const worlds = list.map((each) => ({ seed: each, days, leftAlone }));
  if (trace && seed) await tellOf(planners, worlds);
  const rows = await rowsOf(planners, worlds);
  console.log(json ? JSON.stringify(rows) : tableOf(rows));
  return rows.some((row) => row.planner === 'twinkey' && row.appFailures > 0) ? 1 : 0;
}

type Place = Omit<Contest, 'planner'>;

async function tellOf(planners: readonly Planner[], worlds: readonly Place[]): Promise<void> {
  for (const planner of planners) {
    for (const place of worlds) {
      const { trace } = await measure({ planner, ...place });
      console.log([`${planner}, seed ${place.seed}`, ...trace, ''].join('\n'));
    }
  }
}

async function rowsOf(planners: readonly Planner[], worlds: readonly Place[]): Promise<Row[]> {
  const worker = await bundleWorker(undefined, new URL('./worker.ts', import.meta.url));
  const { script } = worker;
  const rows: Row[] = [];
  let ended = 0;
  const onResult = () => {
    ended += 1;
    if (!process.stderr.isTTY) return;
    process.stderr.write(`\r${ended} of ${planners.length * worlds.length} worlds`);
  };
  for (const planner of planners) {
    const tasks = worlds.map((place) => ({ planner, ...place }));
    rows.push(rowOf(planner, await spread<Contest, Measured>(tasks, { script, onResult })));
  }
  await worker.remove();
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  return rows;
}

function rowOf(planner: Planner, results: readonly Measured[]): Row {
  const sum = (name: Exclude<keyof Measured, 'seed' | 'isOrdinary'>) =>
    results.reduce((total, result) => total + result[name], 0);
  const ordinary = results.filter(({ isOrdinary }) => isOrdinary);
  const withoutFailure = (worlds: readonly Measured[]) =>
    worlds.filter(({ appFailures }) => appFailures === 0).length;
  return {
    planner,
    worlds: results.length,
    worldsWithoutFailure: withoutFailure(results),
    ordinaryWorlds: ordinary.length,
    ordinaryWorldsWithoutFailure: withoutFailure(ordinary),
    keysPublished: sum('keysPublished'),
    keysRegenerated: sum('keysRegenerated'),
    replacedKeysLivedMs: sum('replacedKeysLivedMs'),
    replacedKeysEnded: sum('replacedKeysEnded'),
    appRequests: sum('appRequests'),
    appFailures: sum('appFailures'),
    activeKeysKilled: sum('activeKeysKilled'),
    deadKeysPublished: sum('deadKeysPublished'),
    deadKeyHours: sum('deadKeyHours'),
    deadAtEnd: sum('deadAtEnd'),
    overdueAtEnd: sum('overdueAtEnd'),
    accountsAtEnd: sum('accountsAtEnd'),
  };
}

const MEASURES: readonly (readonly [title: string, of: (row: Row) => string | number])[] = [
  ['Keys published', ({ keysPublished }) => keysPublished],
  ['Keys regenerated', ({ keysRegenerated }) => keysRegenerated],
  ['Hours for which a replaced key still worked, on average', (row) => meanHours(row)],
  ['Requests of apps', ({ appRequests }) => appRequests],
  ['of these failed', ({ appFailures }) => appFailures],
  ['Worlds without a failed request', (row) => `${row.worldsWithoutFailure} of ${row.worlds}`],
  ['of the ordinary ones', (row) => `${row.ordinaryWorldsWithoutFailure} of ${row.ordinaryWorlds}`],
  ['Active keys regenerated', ({ activeKeysKilled }) => activeKeysKilled],
  ['Keys published while the account refused them', (row) => row.deadKeysPublished],
  ['Days with a dead key in a vault', (row) => Math.round((row.deadKeyHours * 10) / 24) / 10],
  [
    'Accounts without a working key at the end',
    (row) => `${row.deadAtEnd} of ${row.accountsAtEnd}`,
  ],
  ['Accounts not rotated any more', (row) => `${row.overdueAtEnd} of ${row.accountsAtEnd}`],
];

function meanHours({ replacedKeysLivedMs, replacedKeysEnded }: Row): number {
  return Math.round((replacedKeysLivedMs * 10) / Math.max(1, replacedKeysEnded) / HOUR) / 10;
}

function tableOf(rows: readonly Row[]): string {
  const lines = [
    ['', ...rows.map(({ planner }) => planner)],
    ['---', ...rows.map(() => '--:')],
    ...MEASURES.map(([title, of]) => [title, ...rows.map((row) => of(row).toLocaleString('en'))]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
