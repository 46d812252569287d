import { QUOTA_LIMITS, QUOTA_RESERVES } from './quota.ts';

const ARM_KINDS = ['armReads', 'armWrites'] as const;

/** One of ARM's buckets of a subscription. */
export type ArmKind = (typeof ARM_KINDS)[number];

/**
 * How long each of these accounts' passes should wait (ms, in the same order), if each makes so many `calls`:
 * as many as what is left in ARM's buckets of their subscription bears begin at once, the others as far apart
 * as those refill. So a fleet that is due at the same time is worked on as fast as ARM allows, and hardly a
 * pass comes for nothing. `levelOf` says how many calls are left.
 */
export function passDelaysMs(
  accountIds: readonly string[],
  calls: Readonly<Record<ArmKind, number>>,
  levelOf: (kind: ArmKind, subscriptionId: string) => number,
): number[] {
  const apartMs = Math.max(
    ...ARM_KINDS.map((kind) => (calls[kind] / QUOTA_LIMITS[kind].perSecond) * 1000),
  );
  /** When the next pass of a subscription may begin, in passes; below 0: at once. */
  const turns = new Map<string, number>();
  return accountIds.map((accountId) => {
    const [, , subscriptionId = ''] = accountId.split('/');
    const turn = turns.get(subscriptionId) ?? 1 - atOnce(subscriptionId, calls, levelOf);
    turns.set(subscriptionId, turn + 1);
    return Math.max(0, turn) * apartMs;
  });
}

/** Passes that a subscription's buckets bear now, with the reserve for rotations under way. */
function atOnce(
  subscriptionId: string,
  calls: Readonly<Record<ArmKind, number>>,
  levelOf: (kind: ArmKind, subscriptionId: string) => number,
): number {
  const room = ARM_KINDS.map((kind) => {
    const reserve = QUOTA_LIMITS[kind].capacity * QUOTA_RESERVES.start;
    return (levelOf(kind, subscriptionId) - reserve) / calls[kind];
  });
  return Math.max(0, Math.floor(Math.min(...room)));
}
