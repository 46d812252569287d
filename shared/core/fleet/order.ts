import { type FleetAccount, isUnderWay } from './account.ts';

/**
 * Who comes first where a tick cannot send all: what people asked for and what leaked, then stale keys
 * whose time is over, then whatever else is under way, then starts, then looks, and adoptions last.
 */
export const RANK = {
  asked: 0,
  retiring: 1,
  underWay: 2,
  start: 3,
  look: 4,
  adoption: 5,
} as const;

/** What a ring weighs against the time of waiting. */
const RING_MS = 24 * 3_600_000;

/** A place in the queue of one tick; `at` (epoch ms) is since when it is waited for. */
export interface Place {
  readonly account: FleetAccount;
  readonly rank: number;
  readonly at: number;
}

/** The place of an account that is due for a look. */
export function placeOf(account: FleetAccount, now: number, patienceMs: number): Place {
  return promoted(
    { account, rank: rankOf(account, now), at: account.nextCheckAt },
    now,
    patienceMs,
  );
}

/** The place of an account that would begin. */
export function startPlaceOf(account: FleetAccount, now: number, patienceMs: number): Place {
  const { dueAt, nextCheckAt } = account;
  const isAdoption = dueAt === null;
  const rank = isAdoption ? RANK.adoption : RANK.start;
  return promoted({ account, rank, at: dueAt ?? nextCheckAt }, now, patienceMs);
}

function rankOf(account: FleetAccount, now: number): number {
  const { asked, cause, retireAt, reason } = account;
  if (asked || cause === 'compromised' || reason === 'KeyCompromised') return RANK.asked;
  if (!isUnderWay(account)) return reason === null ? RANK.adoption : RANK.look;
  return retireAt !== null && retireAt <= now ? RANK.retiring : RANK.underWay;
}

/** Whoever has waited moves up, so that a tick that is always full lets nobody wait for ever. */
function promoted(place: Place, now: number, patienceMs: number): Place {
  const steps = Math.max(0, Math.floor((now - place.at) / patienceMs));
  return { ...place, rank: Math.max(Math.min(place.rank, RANK.retiring), place.rank - steps) };
}

/** The best place first. */
export function byPlace(left: Place, right: Place): number {
  return left.rank - right.rank || left.at - right.at || byId(left.account, right.account);
}

/**
 * In which order accounts are allowed to begin: the oldest, of which those without a key come last, and
 * those of a lower ring first. A ring counts for a day and no more, so that nobody is passed over for ever
 * where places are scarce.
 */
export function byTurn(left: FleetAccount, right: FleetAccount): number {
  return turn(left) - turn(right) || left.ring - right.ring || byId(left, right);
}

/** Since when its turn is waited for, as if everybody was of the lowest ring. */
function turn({ dueAt, lookedAt, ring }: FleetAccount): number {
  // Whoever has no key waits since some time that is not known, and was looked at not long ago.
  return ring * RING_MS + (dueAt ?? lookedAt + RING_MS / 2);
}

function byId(left: FleetAccount, right: FleetAccount): number {
  if (left.accountId === right.accountId) return 0;
  return left.accountId < right.accountId ? -1 : 1;
}
