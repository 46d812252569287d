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

/**
 * One tick: finds the accounts that are due and puts a message for each on the queue. It decides
 * nothing about keys, so a tick that runs twice, late or not at all changes nothing but time.
 */
export async function tick(dependencies: Dependencies, queue: PassQueue): Promise<TickResult> {
  const { clock, statuses, deployment, telemetry } = dependencies;
  const now = clock.now();
  const known = new Set<string>();
  const due: string[] = [];
  for await (const status of statuses.list()) {
    known.add(status.accountId);
    if (status.nextCheckAt <= now) due.push(status.accountId);
  }
  const before = await statuses.readTick();
  const discover =
    before.discoveredAt === null || now >= before.discoveredAt + deployment.timing.checkIntervalMs;
  const complete = discover ? await discoverNew(dependencies, known, due) : false;
  const enqueued = due.slice(0, ENQUEUE_LIMIT);
  if (enqueued.length > 0) await queue.enqueue(enqueued);
  // Not due again while its message waits; should that be lost, it is due when a claim would end.
  const later = now + deployment.timing.claimMs;
  await Promise.all(
    enqueued.filter((id) => known.has(id)).map((id) => statuses.setNextCheck(id, later)),
  );
  await statuses.writeTick({ at: now, discoveredAt: complete ? now : before.discoveredAt });
  const result = { known: known.size, discovered: due.filter((id) => !known.has(id)).length };
  telemetry.record({
    level: 'info',
    name: 'tick',
    accountId: undefined,
    reason: undefined,
    message: `${enqueued.length} of ${known.size + result.discovered} accounts are due`,
    data: { ...result, enqueued: enqueued.length },
  });
  return { ...result, enqueued: enqueued.length };
}

/** Adds accounts without a status to `due`. False when some could not be looked for. */
async function discoverNew(
  { accounts, telemetry }: Dependencies,
  known: ReadonlySet<string>,
  due: string[],
): Promise<boolean> {
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
  due.push(...[...found].filter((id) => !known.has(id)));
  return complete;
}
