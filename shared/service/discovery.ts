import { createHash } from 'node:crypto';
import { Failure, messageOf } from '../core/failures.ts';
import type { Account } from '../core/observation.ts';
import type { Dependencies } from './dependencies.ts';
import { writeSchedule } from './schedule.ts';
import type { ScheduleChange } from './statusPorts.ts';

/** Subscriptions that are listed at once: Azure counts calls for each by itself. */
const AT_ONCE = 8;

/**
 * Nothing is begun any more when a look for accounts has taken so long. With a call that hangs until its
 * time-out it ends within the minute between two ticks; what the tick sent leaves with the tick's end.
 */
const DISCOVER_WITHIN_MS = 20_000;

/** What a look for accounts came to. */
export interface Discovery {
  readonly appeared: number;
  readonly changed: number;
  readonly vanished: number;
  /** Subscriptions whose accounts are not all known: first those that were not reached, then those that failed. */
  readonly missed: readonly string[];
}

/** The subscriptions that accounts of the deployment can be in. */
export function subscriptionsOf({ accounts }: Pick<Dependencies, 'accounts'>): string[] {
  const listed = accounts.listedIds.map((id) => id.split('/')[2] ?? '');
  return [...new Set([...accounts.subscriptionIds, ...listed])];
}

/**
 * Looks for accounts, in some subscriptions at once: one that cannot be listed does not stop the others, and
 * many that do not answer do not hold a tick up for long. What is not reached by then is left to the next
 * tick, which is to begin with it. Who appeared, changed or vanished is due at once; a vanished account keeps
 * its status, and its next pass says what became of it. Accounts that are listed by id need no call.
 */
export async function discover(
  subscriptions: readonly string[],
  dependencies: Dependencies,
): Promise<Discovery> {
  const { clock } = dependencies;
  const until = clock.now() + DISCOVER_WITHIN_MS;
  const total = { appeared: 0, changed: 0, vanished: 0 };
  const failures = new Map<string, Failure>();
  const left = [...subscriptions];
  const work = async () => {
    while (clock.now() < until) {
      const next = left.shift();
      if (next === undefined) return;
      const { failure, ...counts } = await discoverIn(next, until, dependencies);
      total.appeared += counts.appeared;
      total.changed += counts.changed;
      total.vanished += counts.vanished;
      if (failure) failures.set(next, failure);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  sayMissed([...failures.values()], left.length, dependencies);
  return { ...total, missed: [...left, ...failures.keys()] };
}

/** What of a subscription is not known, or not written, is looked for again. */
async function discoverIn(subscription: string, until: number, dependencies: Dependencies) {
  try {
    return await compare(subscription, until, dependencies);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return { appeared: 0, changed: 0, vanished: 0, failure };
  }
}

async function compare(subscription: string, until: number, dependencies: Dependencies) {
  const { accounts, clock, statuses } = dependencies;
  const known = new Map<string, string | null>();
  for await (const { accountId, seen } of statuses.seenIn(subscription)) known.set(accountId, seen);
  const nextCheckAt = clock.now();
  const changes = new Map<string, ScheduleChange>();
  const mine = accounts.listedIds.filter((id) => id.split('/')[2] === subscription);
  for (const accountId of mine) {
    if (!known.has(accountId)) changes.set(accountId, { accountId, nextCheckAt });
  }
  const listing = accounts.subscriptionIds.includes(subscription)
    ? await list(subscription, until, dependencies)
    : undefined;
  for (const [accountId, seen] of listing?.found ?? []) {
    if (known.get(accountId) !== seen) changes.set(accountId, { accountId, nextCheckAt, seen });
  }
  const vanished =
    listing && !listing.failure
      ? [...known].filter(([id, seen]) => seen !== null && !listing.found.has(id))
      : [];
  for (const [accountId] of vanished) {
    changes.set(accountId, { accountId, nextCheckAt, seen: null });
  }
  const appeared = [...changes.keys()].filter((id) => !known.has(id)).length;
  await writeSchedule([...changes.values()], dependencies);
  return {
    appeared,
    vanished: vanished.length,
    changed: changes.size - appeared - vanished.length,
    failure: listing?.failure,
  };
}

/** The tagged accounts of a subscription with what is seen of each; a part where ARM fails or is slow. */
async function list(subscription: string, until: number, { accounts, clock }: Dependencies) {
  const found = new Map<string, string>();
  try {
    for await (const account of accounts.discover(subscription)) {
      found.set(account.id, digestOf(account));
      if (clock.now() < until) continue;
      const what = `list accounts of subscription ${subscription}`;
      return { found, failure: new Failure('timeout', `${what}: not through in time`) };
    }
    return { found, failure: undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { found, failure: error };
  }
}

function sayMissed(
  failures: readonly Failure[],
  unreached: number,
  { telemetry }: Dependencies,
): void {
  const causes = failures.length > 0 ? [messageOf(failures)] : [];
  if (unreached > 0) causes.push(`${unreached} subscriptions were not reached in time`);
  if (causes.length === 0) return;
  telemetry.record({
    level: 'warn',
    name: 'problem',
    accountId: undefined,
    reason: 'ObservationIncomplete',
    message: `accounts could not all be discovered: ${causes.join('; ')}; tried again at the next tick`,
  });
}

/** Tells two states of an account apart, as far as a rotation minds. */
function digestOf({ tags, ...account }: Account): string {
  const sorted = Object.entries(tags).sort(([left], [right]) => (left < right ? -1 : 1));
  const text = JSON.stringify([account, sorted]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
