import { createHash } from 'node:crypto';
import { Failure, messageOf } from '../core/failures.ts';
import type { Account } from '../core/observation.ts';
import type { Dependencies } from './dependencies.ts';
import { writeSchedule } from './schedule.ts';
import type { ScheduleChange } from './statusPorts.ts';

/** Subscriptions that are listed at once: Azure counts calls for each by itself. */
const AT_ONCE = 8;

/** What a look for accounts came to. */
export interface Discovery {
  readonly appeared: number;
  readonly changed: number;
  readonly vanished: number;
  /** Subscriptions whose accounts could not be listed. */
  readonly failed: readonly string[];
}

/** The subscriptions that accounts of the deployment can be in. */
export function subscriptionsOf({ accounts }: Pick<Dependencies, 'accounts'>): string[] {
  const listed = accounts.listedIds.map((id) => id.split('/')[2] ?? '');
  return [...new Set([...accounts.subscriptionIds, ...listed])];
}

/**
 * Looks for accounts, in some subscriptions at once: one that cannot be listed does not stop the
 * others, and many that do not answer do not hold a tick up for long. Who appeared, changed or vanished is due at once; a vanished account keeps its status, and
 * its next pass says what became of it. Accounts that are listed by id need no call.
 */
export async function discover(
  subscriptions: readonly string[],
  dependencies: Dependencies,
): Promise<Discovery> {
  const total = { appeared: 0, changed: 0, vanished: 0 };
  const failed: string[] = [];
  const failures: Failure[] = [];
  for (let start = 0; start < subscriptions.length; start += AT_ONCE) {
    const some = subscriptions.slice(start, start + AT_ONCE);
    const found = await Promise.all(some.map((each) => discoverIn(each, dependencies)));
    for (const [index, { failure, ...counts }] of found.entries()) {
      total.appeared += counts.appeared;
      total.changed += counts.changed;
      total.vanished += counts.vanished;
      if (!failure) continue;
      failed.push(some[index] ?? '');
      failures.push(failure);
    }
  }
  if (failures.length > 0) sayMissed(failures, dependencies);
  return { ...total, failed };
}

async function discoverIn(subscription: string, dependencies: Dependencies) {
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
    ? await list(subscription, dependencies)
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

/** The tagged accounts of a subscription with what is seen of each; a part where ARM fails meanwhile. */
async function list(subscription: string, { accounts }: Dependencies) {
  const found = new Map<string, string>();
  try {
    for await (const account of accounts.discover(subscription)) {
      found.set(account.id, digestOf(account));
    }
    return { found, failure: undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { found, failure: error };
  }
}

function sayMissed(failures: readonly Failure[], { telemetry }: Dependencies): void {
  telemetry.record({
    level: 'warn',
    name: 'problem',
    accountId: undefined,
    reason: 'ObservationIncomplete',
    message: `accounts could not all be discovered: ${messageOf(failures)}; tried again at the next tick`,
  });
}

/** Tells two states of an account apart, as far as a rotation minds. */
function digestOf({ tags, ...account }: Account): string {
  const sorted = Object.entries(tags).sort(([left], [right]) => (left < right ? -1 : 1));
  const text = JSON.stringify([account, sorted]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
