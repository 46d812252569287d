import type { HeldBackReason } from '../observation.ts';
import type { FleetAccount } from './account.ts';
import type { BrakeState } from './brakes.ts';
import { RING_PATIENCE_MS, type Rings } from './rings.ts';

/** A start that is held back, as its pass is told. */
export interface Refusal {
  readonly refused: HeldBackReason;
  readonly message: string;
  readonly attention: boolean;
}

/** The state of a brake that is set. */
export type Braked = BrakeState & { readonly brake: NonNullable<BrakeState['brake']> };

/** A brake that is set, on a call that the start needs. */
export function refusalByBrake({ id, brake }: Braked): Refusal {
  const message = `${brake.accounts} accounts in a row failed (${id}: ${brake.kind}); it begins when nothing has failed for a while, or an operator releases the brake`;
  return { refused: 'FleetBraked', message, attention: false };
}

/** No place is left. They come free by themselves, but for those of accounts in trouble: people have to know of them. */
export function refusalByLimit(
  account: FleetAccount,
  maxUnderWay: number,
  stuck: number,
  now: number,
): Refusal {
  const those = stuck > 0 ? ` (${stuck} of them in trouble)` : '';
  const message = `${maxUnderWay} accounts are under way${those}, as many as TWINKEY_MAX_UNDER_WAY allows; it begins when its turn comes`;
  return { refused: 'FleetLimit', message, attention: stuck > 0 && isLate(account, now) };
}

/** Somebody of a lower ring goes first. */
export function refusalByRing(
  account: FleetAccount,
  { by, failed }: NonNullable<ReturnType<Rings['blockerOf']>>,
  now: number,
): Refusal {
  const who = `${by.accountId} of ring ${by.ring} goes before ring ${account.ring}`;
  const message = failed
    ? `${who} and is in trouble: mend it, exclude it, or give it another ring`
    : `${who} and is not through yet; it is waited for until a day after this one was due`;
  return { refused: 'RingWaiting', message, attention: failed && isLate(account, now) };
}

/** Whether a start that is held back is worth a person's look. */
function isLate({ dueAt }: FleetAccount, now: number): boolean {
  return dueAt !== null && now >= dueAt + RING_PATIENCE_MS;
}
