import { type Hold, holdsInForce, type ScopedHold } from '../../core/observation.ts';
import type { Dependencies } from '../dependencies.ts';
import { recordDeed } from './history.ts';
import { knownAccount } from './lookup.ts';

/** Accounts that a release puts to work at once; any others go on at their next check. */
const RELEASED_AT_ONCE = 1_000;

/** Freezes regenerating for one account, or (accountId null) for all. Throws `Refused`. */
export async function placeHold(
  accountId: string | null,
  hold: Hold,
  dependencies: Dependencies,
): Promise<void> {
  if (accountId !== null) await knownAccount(accountId, dependencies);
  const before = await holdNow(accountId, dependencies);
  await dependencies.records.setHold(accountId, hold);
  const end =
    hold.until === null ? 'until released' : `until ${new Date(hold.until).toISOString()}`;
  const instead = before ? `, in place of ${before.actor}'s: ${before.comment}` : '';
  const deed = {
    reason: 'HoldPlaced',
    message: `${hold.comment} (${end}${instead})`,
    actor: hold.actor,
  } as const;
  await recordDeed(accountId, deed, dependencies);
}

/** Who releases a hold, and why, if they say so. */
export interface Released {
  readonly actor: string;
  readonly comment: string | undefined;
}

/** What a release did. */
export interface Release {
  /** False: there was no hold to release. */
  readonly released: boolean;
  /** What holds the account still: the hold for all accounts. */
  readonly still: ScopedHold | null;
  /** Accounts that the hold held up, for the caller to put on the queue. */
  readonly due: readonly string[];
}

/**
 * Takes the hold of one account, or (accountId null) the one for all, away; the accounts that it held
 * up are due at once, or soon where they are very many. Throws `Refused`.
 */
export async function releaseHold(
  accountId: string | null,
  { actor, comment }: Released,
  dependencies: Dependencies,
): Promise<Release> {
  if (accountId !== null) await knownAccount(accountId, dependencies);
  const still = accountId === null ? null : await holdNow(null, dependencies);
  const before = await holdNow(accountId, dependencies);
  if (!before) return { released: false, still, due: [] };
  await dependencies.records.setHold(accountId, null);
  const was = `the hold was: ${before.comment}`;
  const message = comment === undefined ? was : `${comment} (${was})`;
  await recordDeed(accountId, { reason: 'HoldReleased', message, actor }, dependencies);
  return { released: true, still, due: await makeDue(accountId, dependencies) };
}

/** Accounts whose last pass was held up are due now. */
async function makeDue(accountId: string | null, dependencies: Dependencies): Promise<string[]> {
  const { statuses, clock } = dependencies;
  const held: string[] = [];
  for await (const status of accountId === null ? statuses.list() : one(accountId, dependencies)) {
    if (status.reason !== 'Held') continue;
    await statuses.setNextCheck(status.accountId, clock.now());
    held.push(status.accountId);
    if (held.length === RELEASED_AT_ONCE) break;
  }
  return held;
}

/** The hold of one account, or (accountId null) the one for all, while it is in force. */
export async function holdNow(
  accountId: string | null,
  { records, clock }: Dependencies,
): Promise<ScopedHold | null> {
  const hold = await records.readHold(accountId);
  const scope = accountId === null ? 'all' : 'account';
  return (hold && holdsInForce([{ ...hold, scope }], clock.now())[0]) ?? null;
}

/** The hold in force, if any, of each account: its own or the one for all, that which lasts longer. */
export async function holdsOfAll({
  records,
  clock,
}: Dependencies): Promise<(accountId: string) => ScopedHold | null> {
  const [own, ofAll] = await Promise.all([records.ownHolds(), records.readHold(null)]);
  const now = clock.now();
  const general: ScopedHold[] = ofAll ? [{ ...ofAll, scope: 'all' }] : [];
  return (accountId) => {
    const hold = own.get(accountId);
    const holds = hold ? [{ ...hold, scope: 'account' as const }, ...general] : general;
    return holdsInForce(holds, now)[0] ?? null;
  };
}

async function* one(accountId: string, dependencies: Dependencies) {
  yield await knownAccount(accountId, dependencies);
}
