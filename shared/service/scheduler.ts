import { Failure } from '../core/failures.ts';
import type { Dependencies } from './dependencies.ts';
import type { PassQueue } from './ports.ts';

/** What one tick did. */
export interface TickResult {
  readonly known: number;
  readonly discovered: number;
  readonly enqueued: number;
}

/** Messages that one tick puts on the queue at most; what is left is due at the next tick. */
const ENQUEUE_LIMIT = 1_000;

/** Table writes under way at once. */
const WRITES_AT_ONCE = 50;

interface DueAccount {
  readonly accountId: string;
  readonly dueAt: number;
}

interface Found {
  readonly complete: boolean;
  readonly accountIds: readonly string[];
}

const NOTHING_FOUND: Found = { complete: false, accountIds: [] };

/**
 * One tick: finds the accounts that are due and puts a message for each on the queue. It decides
 * nothing about keys, so a tick that runs twice, late or not at all changes nothing but time.
 */
export async function tick(dependencies: Dependencies, queue: PassQueue): Promise<TickResult> {
  const { clock, statuses, deployment, telemetry } = dependencies;
  const now = clock.now();
  const known = new Set<string>();
  const due: DueAccount[] = [];
  for await (const { accountId, nextCheckAt } of statuses.list()) {
    known.add(accountId);
    if (nextCheckAt <= now) due.push({ accountId, dueAt: nextCheckAt });
  }
  const before = await statuses.readTick();
  const discover =
    before.discoveredAt === null || now >= before.discoveredAt + deployment.timing.checkIntervalMs;
  const found = discover ? await discoverNew(dependencies, known) : NOTHING_FOUND;
  // New accounts first, then whoever has waited longest: beyond the limit nobody waits for ever.
  due.push(...found.accountIds.map((accountId) => ({ accountId, dueAt: 0 })));
  due.sort((left, right) => left.dueAt - right.dueAt);
  const enqueued = due.slice(0, ENQUEUE_LIMIT).map(({ accountId }) => accountId);
  if (enqueued.length > 0) await queue.enqueue(enqueued);
  await postpone(
    enqueued.filter((accountId) => known.has(accountId)),
    now + deployment.timing.claimMs,
    dependencies,
  );
  // Looked for again at the next tick until every account found has its first pass behind it.
  const settled = discover && found.complete && found.accountIds.length === 0;
  await statuses.writeTick({ at: now, discoveredAt: settled ? now : before.discoveredAt });
  const result = { known: known.size, discovered: found.accountIds.length };
  telemetry.record({
    level: 'info',
    name: 'tick',
    accountId: undefined,
    reason: undefined,
    message: `${enqueued.length} of ${known.size + result.discovered} accounts are due`,
    data: {
      ...result,
      enqueued: enqueued.length,
      sinceLastMs: before.at === null ? null : now - before.at,
    },
  });
  return { ...result, enqueued: enqueued.length };
}

/**
 * Not due again while its message waits; should that be lost, an account is due when a claim would
 * end.
 */
async function postpone(
  accountIds: readonly string[],
  until: number,
  { statuses }: Dependencies,
): Promise<void> {
  for (let start = 0; start < accountIds.length; start += WRITES_AT_ONCE) {
    const some = accountIds.slice(start, start + WRITES_AT_ONCE);
    await Promise.all(some.map((accountId) => statuses.setNextCheck(accountId, until)));
  }
}

/** Accounts without a status. Not `complete` when some could not be looked for. */
async function discoverNew(
  { accounts, telemetry }: Dependencies,
  known: ReadonlySet<string>,
): Promise<Found> {
  const found = new Set(accounts.listedIds);
  let complete = true;
  try {
    for await (const account of accounts.discover()) found.add(account.id);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    complete = false;
    const { message } = error;
    telemetry.record({
      level: 'warn',
      name: 'problem',
      accountId: undefined,
      reason: 'ObservationIncomplete',
      message: `accounts could not all be discovered: ${message}; tried again at the next tick`,
    });
  }
  return { complete, accountIds: [...found].filter((id) => !known.has(id)) };
}
