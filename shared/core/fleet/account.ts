import type { Reason } from '../reasons.ts';
import type { Cause, Phase } from '../record.ts';
import type { Call, Trouble } from '../trouble.ts';

/** Trouble with the time since when the same call has failed for the account (epoch ms). */
export interface LastingTrouble extends Trouble {
  readonly since: number;
}

/** When passes last saw each call work for the account (epoch ms); not there: never. */
export type WorkedAt = Readonly<Partial<Record<Call, number>>>;

/** What the scheduler looks at of an account: its status after the last pass. Times in epoch ms. */
export interface FleetAccount {
  readonly accountId: string;
  /** Accounts of a lower ring go first. */
  readonly ring: number;
  readonly phase: Phase | null;
  readonly cause: Cause | null;
  /** Null: no pass has looked at it yet. */
  readonly reason: Reason | null;
  readonly attention: boolean;
  readonly trouble: LastingTrouble | null;
  readonly workedAt: WorkedAt;
  /** Where its secret is; null while that is not known. */
  readonly vaultUrl: string | null;
  readonly nextCheckAt: number;
  readonly nextStepAt: number | null;
  /** When the active key's rotation is due; null while there is none, or one is under way. */
  readonly dueAt: number | null;
  readonly publishedAt: number | null;
  readonly retireAt: number | null;
  /** When the last pass began. */
  readonly lookedAt: number;
  /** A tick admitted it, and a pass that could begin because of that may run until then; 0: none. */
  readonly admittedUntil: number;
  /** A person asked for something that no pass has seen yet. */
  readonly asked: boolean;
}

/** Reasons of accounts that only wait for a tick to let them begin. */
const WAITING: ReadonlySet<Reason | null> = new Set([
  'Due',
  'FleetLimit',
  'FleetBraked',
  'RingWaiting',
]);

/** Reasons that the passing of time turns into a start. */
const TIMED: ReadonlySet<Reason | null> = new Set(['NotDue', 'WindowClosed']);

/** Whether a rotation is between its start and the end of the stale key. */
export function isUnderWay({ phase }: Pick<FleetAccount, 'phase'>): boolean {
  return phase !== null && phase !== 'idle';
}

/** Phases in which the new key of a rotation is not in the vault yet. */
const BEFORE_PUBLISH: ReadonlySet<Phase | null> = new Set<Phase>([
  'regeneratingStandby',
  'verifying',
  'publishing',
]);

/** Whether a pass could put a new version into the account's vault although no tick admits a start. */
export function mayPublish({ phase, asked }: Pick<FleetAccount, 'phase' | 'asked'>): boolean {
  return asked || BEFORE_PUBLISH.has(phase);
}

/** Reasons of accounts whose rotation will not go on: they have no key any more, or people took them out. */
const OUT: ReadonlySet<Reason | null> = new Set(['AccountMissing', 'Keyless', 'Excluded']);

/** Whether nobody can wait for the end of the rotation under way, if there is one. */
export function isOut({ reason }: Pick<FleetAccount, 'reason'>): boolean {
  return OUT.has(reason);
}

/**
 * Whether the account takes one of the places that the deployment allows: a rotation is under way, or
 * the tick admitted one and no pass that began later has seen that nothing came of it.
 */
export function takesPlace(account: FleetAccount): boolean {
  if (account.lookedAt < account.admittedUntil) return true;
  return isUnderWay(account) && !isOut(account);
}

/** Whether the account is under way, and something is wrong with it: what people have to see, or a call that fails. */
export function isStuck(account: FleetAccount): boolean {
  return isUnderWay(account) && (account.attention || account.trouble !== null);
}

/** Whether nothing but the tick's word is missing for a start that nobody asked for. */
export function waitsToBegin(account: FleetAccount, now: number): boolean {
  const { reason, phase, nextStepAt, dueAt } = account;
  if (isUnderWay(account)) return false;
  if (WAITING.has(reason)) return true;
  const begins = Math.max(dueAt ?? 0, nextStepAt ?? now + 1);
  return TIMED.has(reason) && phase === 'idle' && begins <= now;
}

/** Whether the scheduler has to see the account even when it is not due for a look. */
export function isWatched(
  account: Pick<FleetAccount, 'phase' | 'reason' | 'trouble' | 'dueAt' | 'lookedAt'>,
): boolean {
  const { reason, trouble, dueAt, lookedAt } = account;
  const isDue = dueAt !== null && dueAt <= lookedAt;
  return isUnderWay(account) || WAITING.has(reason) || trouble !== null || isDue;
}

/** The subscription in an account's resource id. */
export function subscriptionOf({ accountId }: Pick<FleetAccount, 'accountId'>): string {
  return accountId.split('/')[2] ?? '';
}
