import type { HoldView } from '../../shared/api/views.ts';
import { accountPathOf } from '../accounts.ts';
import { UsageError } from '../errors.ts';
import { json } from '../text.ts';
import { timeOf } from '../times.ts';
import { FINE, type Session } from './session.ts';

/** What may be typed of whom it is about. */
export interface ScopeOptions {
  readonly all?: boolean | undefined;
}

/** What may be typed of a hold. */
export interface HoldOptions extends ScopeOptions {
  readonly reason: string;
  /** ISO 8601. */
  readonly until?: string | undefined;
}

/** Freezes regenerating of one account or of all. */
export async function hold(account: string | undefined, options: HoldOptions, session: Session) {
  const { api, world } = session;
  const { reason, until, all } = options;
  const placed = await api.send<HoldView>('PUT', await holdPath(account, { all }, session), {
    reason,
    until,
  });
  const end = placed.until ? `until ${timeOf(placed.until)}` : 'until released';
  world.write(session.json ? `${json(placed)}\n` : `Held ${end}: no key is regenerated.\n`);
  return FINE;
}

/** Takes a hold away. */
export async function release(
  account: string | undefined,
  options: ScopeOptions,
  session: Session,
): Promise<number> {
  await session.api.send('DELETE', await holdPath(account, options, session));
  if (!session.json) session.world.write('Released: rotations go on.\n');
  return FINE;
}

async function holdPath(account: string | undefined, { all }: ScopeOptions, { api }: Session) {
  if (all === true && account === undefined) return 'hold';
  if (!all && account !== undefined) return `${await accountPathOf(account, api)}/hold`;
  const found = all ? 'both' : 'neither';
  throw new UsageError(`Expected either an account or --all, found ${found}.`);
}
