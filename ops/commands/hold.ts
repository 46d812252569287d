import type { HoldView, ReleasedView } from '../../shared/api/views.ts';
import { type ScopeOptions, scopedPath } from '../accounts.ts';
import { json, printable } from '../text.ts';
import { timeOf } from '../times.ts';
import { FINE, type Session } from './session.ts';

/** What may be typed of a hold. */
export interface HoldOptions extends ScopeOptions {
  readonly reason: string;
  /** ISO 8601. */
  readonly until?: string | undefined;
}

/** What may be typed of a release. */
export interface ReleaseOptions extends ScopeOptions {
  readonly reason?: string | undefined;
}

/** Freezes regenerating of one account or of all. */
export async function hold(account: string | undefined, options: HoldOptions, session: Session) {
  const { api, world } = session;
  const { reason, until, all } = options;
  const placed = await api.send<HoldView>('PUT', await scopedPath('hold', account, { all }, api), {
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
  { reason, all }: ReleaseOptions,
  session: Session,
): Promise<number> {
  const { api, world } = session;
  const path = await scopedPath('hold', account, { all }, api);
  const answer = await api.send<ReleasedView>('DELETE', path, undefined, { reason });
  world.write(session.json ? `${json(answer)}\n` : releaseText(answer));
  return FINE;
}

function releaseText({ released, hold: still }: ReleasedView): string {
  const did = released ? 'Released' : 'There was no hold to release';
  if (!still) return released ? `${did}: rotations go on.\n` : `${did}.\n`;
  return `${did}. Still ${printable(holdText(still))}\nThat ends with 'release --all'.\n`;
}

/** A hold in one line: whose it is, by whom, until when, why. */
export function holdText({ scope, actor, reason, until }: HoldView): string {
  const whose = scope === 'all' ? 'all accounts are held' : 'held';
  return `${whose} by ${actor} ${until ? `until ${timeOf(until)}` : 'until released'}: ${reason}`;
}
