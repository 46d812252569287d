import { QUOTA_LIMITS, QUOTA_RESERVES } from './quota.ts';

/** Every pass draws from these, of its subscription. */
const ARM_KINDS = ['armReads', 'armWrites'] as const;
/** Passes that may publish draw from these, of their vault. */
const PUBLISH_KINDS = ['vaultCreations'] as const;

/** One of the buckets that passes are spread by. */
export type PacedKind = (typeof ARM_KINDS | typeof PUBLISH_KINDS)[number];

/** A pass that is due, as far as Azure's limits are concerned. */
export interface PacedPass {
  readonly subscriptionId: string;
  readonly vaultUrl: string;
  /** Whether it may put a new version into the vault. */
  readonly mayPublish: boolean;
}

/**
 * A subscription rests for so long at the end of the time that passes are spread over: the next tick rests on
 * what ARM's answers say is left, to which calls on their way are still unknown. Key Vault says nothing.
 */
const SETTLED_MS = 5_000;

/** Calls of one pass, by bucket. */
type Calls = Readonly<Record<PacedKind, number>>;
/** How many calls are left in a bucket; `scope` is the subscription or the vault. */
type LevelOf = (kind: PacedKind, scope: string) => number;

/**
 * How long each of these passes should wait (ms, in the same order), if each makes so many `calls`: as many
 * as what is left in the buckets of their subscription and vault bears begin at once, the others as far
 * apart as those refill. So a fleet that is due at the same time is worked on as fast as Azure allows, and
 * hardly a pass comes for nothing. Infinity: not within so many ms.
 */
export function passDelaysMs(
  passes: readonly PacedPass[],
  withinMs: number,
  calls: Calls,
  levelOf: LevelOf,
): number[] {
  const all: Waiting[] = passes.map((pass) => ({ pass, delayMs: 0 }));
  const subscriptionOf = ({ pass }: Waiting) => pass.subscriptionId.toLowerCase();
  const vaultOf = ({ pass }: Waiting) => pass.vaultUrl.toLowerCase();
  lineUp(all, subscriptionOf, ARM_KINDS, calls, levelOf);
  const inTime = all.filter(({ delayMs }) => delayMs <= withinMs - SETTLED_MS);
  const publishing = inTime.filter(({ pass }) => pass.mayPublish);
  // As their subscriptions let them go: a vault that waited for those of one would keep others waiting.
  lineUp(publishing.toSorted(byDelay), vaultOf, PUBLISH_KINDS, calls, levelOf);
  // Once more: those whom a vault kept back must not come faster than their subscription bears.
  lineUp(inTime.toSorted(byDelay), subscriptionOf, ARM_KINDS, calls, levelOf);
  const borneNow = new Set(inTime.filter(({ delayMs }) => delayMs <= withinMs));
  return all.map((one) => (borneNow.has(one) ? one.delayMs : Number.POSITIVE_INFINITY));
}

interface Waiting {
  readonly pass: PacedPass;
  delayMs: number;
}

function byDelay(left: Waiting, right: Waiting): number {
  return left.delayMs - right.delayMs;
}

/** Puts those off, in the order of their delays, for whom there is nothing left in these buckets of their scope. */
function lineUp(
  line: readonly Waiting[],
  scopeOf: (one: Waiting) => string,
  kinds: readonly PacedKind[],
  calls: Calls,
  levelOf: LevelOf,
): void {
  const apartMs = Math.max(
    ...kinds.map((kind) => (calls[kind] / QUOTA_LIMITS[kind].perSecond) * 1000),
  );
  const whenFull = borne(kinds, calls, (kind) => QUOTA_LIMITS[kind].capacity);
  /** By scope, when the next pass may begin, in passes from now (below 0: so many more could by now). */
  const turns = new Map<string, { next: number; readonly most: number }>();
  for (const one of line) {
    const scope = scopeOf(one);
    let turn = turns.get(scope);
    if (!turn) {
      const atOnce = borne(kinds, calls, (kind) => levelOf(kind, scope));
      turn = { next: 1 - atOnce, most: Math.max(atOnce, whenFull) };
      turns.set(scope, turn);
    }
    // However long nobody comes, a bucket holds no more than it does when it is full.
    const begins = Math.max(turn.next, one.delayMs / apartMs + 1 - turn.most);
    turn.next = begins + 1;
    one.delayMs = Math.max(one.delayMs, begins * apartMs);
  }
}

/** Passes that buckets with so much left bear at once, with the reserve for rotations under way. */
function borne(
  kinds: readonly PacedKind[],
  calls: Calls,
  levelOf: (kind: PacedKind) => number,
): number {
  const room = kinds.map((kind) => {
    const reserve = QUOTA_LIMITS[kind].capacity * QUOTA_RESERVES.start;
    return (levelOf(kind) - reserve) / calls[kind];
  });
  return Math.max(0, Math.floor(Math.min(...room)));
}
