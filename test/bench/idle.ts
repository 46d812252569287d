import { loadavg } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { runPass } from '../../shared/service/pass.ts';
import { type TickResult, tick } from '../../shared/service/scheduler.ts';
import { ADMITTED, untilRotated } from './rotation.ts';
import { type Row, readStatuses, statusNamed, writeRows } from './statusRows.ts';
import { countBy, type ServiceName, startWire, type Wire } from './wire.ts';

/** Ticks that find nothing to do. Ratios are against the smallest fleet. */
export interface Idle {
  readonly limits: Readonly<Record<string, string | number>>;
  readonly fleets: readonly IdleFleet[];
}

interface IdleFleet {
  readonly accounts: number;
  /** Between start and retired: the scheduler looks at them at each tick. */
  readonly underWay: number;
  readonly requests: number;
  readonly byService: Readonly<Partial<Record<ServiceName, number>>>;
  /** The median tick. */
  readonly ms: number;
  readonly msOfSmallest: number;
  /** The most that was alive at once, with the simulated Azure, which is the same process. */
  readonly peakHeapMb: number;
  readonly peakHeapOfSmallest: number;
}

const TICKS = 9;
/** The heap is looked at each time that so many rows were read, and so often in between. */
const SAMPLE_ROWS = 250;
const SAMPLE_MS = 5;

/** The defaults: 30 days, 2 of them overlap, so that one account in fifteen is under way. */
const PACE = {
  TWINKEY_DEFAULT_PERIOD: 'P30D',
  TWINKEY_DEFAULT_OVERLAP: 'P2D',
  TWINKEY_CHECK_INTERVAL: 'PT15M',
};
/** How many accounts there are, and of how many of them one is under way. */
const FLEETS = [
  { accounts: 100, oneIn: 15 },
  { accounts: 1_000, oneIn: 15 },
  { accounts: 10_000, oneIn: 15 },
  { accounts: 10_000, oneIn: 1 },
];
const [AT_REST, UNDER_WAY] = ['contoso-rest', 'contoso-overlap'] as const;

/**
 * Measures ticks between two discoveries over the real SDKs, with a fleet at rest in Azurite. The rows
 * are copies of those that two real passes left behind.
 */
export async function measureIdle(): Promise<Idle> {
  const wire = await startWire([AT_REST, UNDER_WAY], PACE);
  try {
    const templates = await templatesOf(wire);
    const fleets: IdleFleet[] = [];
    for (const { accounts, oneIn } of FLEETS) {
      await writeFleet(wire, templates, accounts, oneIn);
      fleets.push(await measureFleet(wire, accounts, fleets[0]));
    }
    const load = Math.round((loadavg()[0] ?? 0) * 10) / 10;
    const limits = { ticks: TICKS, checkInterval: 'PT15M', load };
    return { limits, fleets };
  } finally {
    await wire.stop();
  }
}

/** Rows as passes leave them: of an account at rest, and of one in its overlap. */
async function templatesOf({ azure, azurite, dependencies }: Wire): Promise<[Row, Row]> {
  const [atRest, underWay] = azure.model.accounts.all();
  if (!atRest || !underWay) throw new Error('expected the accounts that were asked for');
  atRest.tags = { 'key-rotation-overlap': 'PT7S' };
  await untilRotated(dependencies, atRest.id.toLowerCase());
  await runPass(underWay.id.toLowerCase(), dependencies, ADMITTED);
  const rows = await readStatuses(azurite.connectionString);
  const of = (name: string) => rows.find(({ rowKey }) => rowKey.endsWith(name));
  const [first, second] = [of(AT_REST), of(UNDER_WAY)];
  if (!first || !second || rows.length !== 2) throw new Error('expected two statuses');
  return [first, second];
}

/** Writes the rows of a fleet; the two real accounts are part of it. */
async function writeFleet(
  { azurite }: Wire,
  [atRest, underWay]: readonly [Row, Row],
  accounts: number,
  oneUnderWayIn: number,
): Promise<void> {
  const rows = Array.from({ length: accounts - 2 }, (_, index) => {
    const name = `contoso-${index}`;
    return index % oneUnderWayIn === 0
      ? statusNamed(underWay, UNDER_WAY, name)
      : statusNamed(atRest, AT_REST, name);
  });
  await writeRows(azurite.connectionString, rows);
}

async function measureFleet(
  wire: Wire,
  accounts: number,
  smallest: IdleFleet | undefined,
): Promise<IdleFleet> {
  // The first one looks for accounts.
  await idleTick(wire);
  let seen: TickResult | undefined;
  const requests = await wire.requestsOf(async () => {
    seen = await idleTick(wire);
  });
  const times: number[] = [];
  for (let count = 0; count < TICKS; count++) {
    const startedAt = performance.now();
    await idleTick(wire);
    times.push(performance.now() - startedAt);
  }
  const ms = rounded(times.toSorted((left, right) => left - right)[Math.floor(TICKS / 2)] ?? 0);
  const peakHeapMb = rounded((await peakHeapBytes(wire)) / 2 ** 20);
  return {
    accounts,
    underWay: seen?.underWay ?? 0,
    requests: requests.length,
    byService: countBy(requests, ({ service }) => service),
    ms,
    msOfSmallest: rounded(ms / (smallest?.ms ?? ms)),
    peakHeapMb,
    peakHeapOfSmallest: rounded(peakHeapMb / (smallest?.peakHeapMb ?? peakHeapMb)),
  };
}

async function idleTick({ dependencies }: Wire): Promise<TickResult> {
  const result = await tick(dependencies, { enqueue: async () => {} });
  if (result.enqueued > 0) throw new Error(`${result.enqueued} accounts were due`);
  return result;
}

/** What was alive at once at most during a tick: garbage is collected before each look. */
async function peakHeapBytes(wire: Wire): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let peak = 0;
  const look = () => {
    collect();
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  };
  const { statuses } = wire.dependencies;
  const scheduled = statuses.scheduled.bind(statuses);
  statuses.scheduled = async function* (now) {
    let rows = 0;
    for await (const row of scheduled(now)) {
      if (rows++ % SAMPLE_ROWS === 0) look();
      yield row;
    }
  };
  const looking = setInterval(look, SAMPLE_MS);
  await idleTick(wire);
  clearInterval(looking);
  statuses.scheduled = scheduled;
  return peak;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
