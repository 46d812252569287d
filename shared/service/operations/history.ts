import { Failure } from '../../core/failures.ts';
import type { Dependencies } from '../dependencies.ts';
import type { HistoryEntry } from '../recordPorts.ts';
import { knownAccount, Refused } from './lookup.ts';

/** Lines of an export at most. */
const EXPORT_LIMIT = 10_000;

/** Lines read at once. */
const PAGE = 1_000;

/** What a person or an app did beside the steps of a pass. */
export type Deed = Pick<HistoryEntry, 'reason' | 'message' | 'actor'> &
  Partial<Pick<HistoryEntry, 'slot' | 'fingerprint' | 'requestId' | 'cause'>>;

/**
 * Appends what a person or an app did to the history of one account, or (accountId null) to that of
 * all accounts.
 */
export async function recordDeed(
  accountId: string | null,
  deed: Deed,
  { records, clock, telemetry }: Dependencies,
): Promise<void> {
  const record = accountId === null ? null : (await records.read(accountId)).stored?.record;
  await records.append(accountId, {
    at: clock.now(),
    phase: accountId === null ? null : (record?.phase ?? 'idle'),
    rotationId: record?.rotation?.id ?? null,
    requestId: record?.rotation?.requestId ?? null,
    cause: record?.rotation?.cause ?? null,
    slot: null,
    fingerprint: null,
    outcome: 'done',
    durationMs: 0,
    ...deed,
  });
  const { reason, actor } = deed;
  const message = `${accountId === null ? 'for all accounts, ' : ''}by ${actor}: ${deed.message}`;
  telemetry.record({
    level: 'info',
    name: 'step',
    accountId: accountId ?? undefined,
    reason,
    message,
  });
}

/** Whether a line is about a rotation, or about the request that it answers. */
function isAbout(entry: HistoryEntry, rotationId: string): boolean {
  return entry.rotationId === rotationId || entry.requestId === rotationId;
}

/**
 * A page of the history of one account, or (accountId null) of that of all accounts, newest first;
 * with `rotation`, those lines of it that are about it. Throws `Refused` for an unknown account or continuation.
 */
export async function historyPage(
  accountId: string | null,
  page: { limit: number; continuation?: string | undefined; rotation?: string | undefined },
  dependencies: Dependencies,
): Promise<{ entries: HistoryEntry[]; continuation: string | undefined }> {
  if (accountId !== null) await knownAccount(accountId, dependencies);
  const { rotation } = page;
  const found = await dependencies.records
    .history(accountId, page.limit, page.continuation)
    .catch((error: unknown) => {
      const isForged = error instanceof Failure && error.kind === 'notFound';
      throw isForged ? new Refused({ kind: 'unknownContinuation' }) : error;
    });
  if (rotation === undefined) return found;
  return { ...found, entries: found.entries.filter((entry) => isAbout(entry, rotation)) };
}

/**
 * The history of one account, of one rotation if it is named, or (accountId null) that of all
 * accounts, newest first: up to 10,000 lines are looked at. `complete` is false when there are more.
 * Throws `Refused` for an unknown account.
 */
export async function wholeHistory(
  accountId: string | null,
  rotationId: string | undefined,
  dependencies: Dependencies,
): Promise<{ entries: HistoryEntry[]; complete: boolean }> {
  if (accountId !== null) await knownAccount(accountId, dependencies);
  const entries: HistoryEntry[] = [];
  let continuation: string | undefined;
  for (let seen = 0; seen < EXPORT_LIMIT; seen += PAGE) {
    const page = await dependencies.records.history(accountId, PAGE, continuation);
    entries.push(
      ...page.entries.filter((entry) => rotationId === undefined || isAbout(entry, rotationId)),
    );
    continuation = page.continuation;
    if (continuation === undefined) return { entries, complete: true };
  }
  return { entries, complete: false };
}
