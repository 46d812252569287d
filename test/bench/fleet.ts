import { runOnVirtualTime } from '../../local/azure/in-process/run.ts';
import { sleep } from '../../local/azure/model/time.ts';
import { type Bound, lowerBound } from './fleet/bound.ts';
import { liveHeapMb } from './fleet/heap.ts';
import { FleetPlatform } from './fleet/platform.ts';
import { DAY, FLEET, type FleetOptions, FleetWorld, SECOND, START } from './fleet/world.ts';

/** A fleet that is small enough for its size to make no difference. */
const SMALL_FLEET = 100;

/** When the heap is looked at beside the tick's own: all that instances may work on at once is under way. */
const LOOKS_MS = [500, SECOND, 2 * SECOND];

/** How a fleet was rotated of which every account was due at once. */
export interface FleetRun {
  /** Virtual seconds until the last new key was published, and until the last rotation was closed. */
  readonly publishedS: number;
  readonly closedS: number;
  readonly passes: number;
  readonly regenerated: number;
  readonly published: number;
  /** Of ARM, Key Vault and Event Grid. */
  readonly answers: number;
  readonly throttled: number;
  /** The service's own part of the heap at its fullest, in MB, over what was there before. */
  readonly heapMb: number;
}

/** Rotates a fleet once. Rejects when that takes more than a day of its own time. */
export async function rotateFleet(options: FleetOptions): Promise<FleetRun> {
  const world = new FleetWorld(options);
  await world.settle();
  const platform = new FleetPlatform(world);
  // The stand-ins for Azure and the tables grow with the fleet: they are there before.
  const standing = liveHeapMb();
  let heapMb = 0;
  const look = () => {
    heapMb = Math.max(heapMb, liveHeapMb() - standing);
  };
  platform.onEnqueued = () => {
    if (world.time.now() < START + SECOND) look();
  };
  const looking = LOOKS_MS.map(async (ms) => {
    await sleep(world.time, ms);
    look();
  });
  const running = platform.run(() => world.closedAt.size === options.accounts, DAY);
  await runOnVirtualTime(world.time, Promise.all([running, ...looking]));
  const { byOperation, answers, throttled } = world.counts;
  const last = (times: Map<string, number>) =>
    [...times.values()].reduce((latest, at) => Math.max(latest, (at - START) / SECOND), 0);
  return {
    publishedS: last(world.publishedAt),
    closedS: last(world.closedAt),
    passes: platform.passes,
    regenerated: byOperation.get('regenerateKey') ?? 0,
    published: world.publishedAt.size,
    answers,
    throttled,
    heapMb,
  };
}

/** `npm run bench -- fleet`: a fleet that is due at once, on virtual time, with Azure's limits. */
export async function fleet(changes: Partial<FleetOptions> = {}) {
  const options: FleetOptions = { ...FLEET, ...changes };
  const programMb = liveHeapMb();
  const bound: Bound = await lowerBound(options);
  const small = await rotateFleet({ ...options, accounts: SMALL_FLEET });
  const run = await rotateFleet(options);
  return {
    ...options,
    ...run,
    publishedBoundS: round(bound.publishedS),
    closedBoundS: round(bound.closedS),
    /** At most 1.15 is wanted. */
    publishedOfBound: ratio(run.publishedS, bound.publishedS),
    closedOfBound: ratio(run.closedS, bound.closedS),
    /** At most 0.01 is wanted. */
    throttledShare: ratio(run.throttled, run.answers),
    heapMb: round(programMb + run.heapMb),
    heapOfSmallMb: round(programMb + small.heapMb),
    /** At most 1.5 is wanted. */
    heapOfSmall: ratio(programMb + run.heapMb, programMb + small.heapMb),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function ratio(part: number, whole: number): number {
  return Math.round((part / whole) * 1_000) / 1_000;
}
