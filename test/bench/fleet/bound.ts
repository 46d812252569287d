import { runOnVirtualTime } from '../../../local/azure/in-process/run.ts';
import type { ThrottleKind } from '../../../local/azure/model/throttles.ts';
import { sleep } from '../../../local/azure/model/time.ts';
import { FleetPlatform } from './platform.ts';
import { DAY, type FleetOptions, FleetWorld, MINUTE } from './world.ts';

/** What the buckets allow at best, in seconds from when everything is due. */
export interface Bound {
  /** The first moment at which every account could have its new key published. */
  readonly publishedS: number;
  /** The first at which every rotation could be closed, one overlap later. */
  readonly closedS: number;
}

type Calls = ReadonlyMap<string, number>;

/**
 * The calls of one account alone, counted, times the accounts of a subscription or vault, less what its
 * bucket holds at first, over what it refills: the slowest bucket is the bound. Latency and the minute between
 * two ticks are left out of it, so that it is below whatever could be reached.
 */
export async function lowerBound(options: FleetOptions): Promise<Bound> {
  const { start, end } = await callsOfOne(options);
  const publishedS = slowestS(start, options);
  const overlapS = options.overlapMs / 1000;
  return { publishedS, closedS: overlapS + Math.max(publishedS, slowestS(end, options)) };
}

/** What one rotation calls until its key is published, and from the end of its overlap. */
async function callsOfOne(options: FleetOptions): Promise<{ start: Calls; end: Calls }> {
  const world = new FleetWorld({ ...options, accounts: 1 });
  await world.settle();
  const platform = new FleetPlatform(world);
  const counted: Map<string, number>[] = [];
  const count = () => counted.push(new Map(world.counts.byOperation));
  const counting = async () => {
    await sleep(world.time, MINUTE / 2);
    count();
    await sleep(world.time, options.overlapMs - MINUTE / 2);
    count();
  };
  const running = platform.run(() => world.closedAt.size === 1, DAY);
  await runOnVirtualTime(world.time, Promise.all([running, counting()]));
  count();
  const [start = new Map(), before = new Map(), all = new Map()] = counted;
  const sinceThen = [...all].map(
    ([name, calls]) => [name, calls - (before.get(name) ?? 0)] as const,
  );
  return { start, end: new Map(sinceThen) };
}

function slowestS(calls: Calls, options: FleetOptions): number {
  const of = (...operations: readonly string[]) =>
    operations.reduce((sum, operation) => sum + (calls.get(operation) ?? 0), 0);
  const listed = of('listKeys');
  const isWrite = options.listKeysBucket === 'armWrite';
  const { accounts, subscriptions, vaults, limits } = options;
  const seconds = (kind: ThrottleKind, each: number, places: number) => {
    const limit = limits[kind];
    if (!limit) return 0;
    return (Math.ceil(accounts / places) * each - limit.capacity) / limit.perSecond;
  };
  return Math.max(
    0,
    seconds('armRead', of('getAccount') + (isWrite ? 0 : listed), subscriptions),
    seconds('armWrite', of('regenerateKey') + (isWrite ? listed : 0), subscriptions),
    seconds(
      'vaultCall',
      of('getSecret', 'setSecret', 'updateSecret', 'listSecretVersions'),
      vaults,
    ),
    seconds('vaultCreation', of('setSecret'), vaults),
  );
}
