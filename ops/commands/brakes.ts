import type { BrakeView } from '../../shared/api/views.ts';
import { table } from '../tables.ts';
import { json } from '../text.ts';
import { timeOf } from '../times.ts';
import { ATTENTION, FINE, type Session } from './session.ts';

const HEADS = ['brake', 'accounts', 'failure', 'since', 'last failure', 'ends'];

/** Shows what keeps rotations from beginning because too many failed in a row. */
export async function brakes({ api, world, json: asJson }: Session): Promise<number> {
  const answer = await api.get<{ brakes: BrakeView[] }>('brakes');
  const rows = answer.brakes.map(({ id, accounts, kind, since, lastFailureAt, endsAt }) => {
    const times = [since, lastFailureAt, endsAt].map(timeOf);
    return { cells: [id, String(accounts), kind, ...times], attention: true };
  });
  const text = rows.length === 0 ? 'No brake is set: rotations begin.\n' : table(HEADS, rows);
  world.write(asJson ? `${json(answer)}\n` : text);
  return rows.length === 0 ? FINE : ATTENTION;
}

/** Lets rotations begin again. */
export async function releaseBrake(
  id: string,
  { reason }: { readonly reason?: string | undefined },
  { api, world, json: asJson }: Session,
): Promise<number> {
  const path = `brakes/${encodeURIComponent(id)}`;
  const answer = await api.send<{ released: boolean }>('DELETE', path, undefined, { reason });
  const text = answer.released
    ? 'Released: the next tick lets rotations begin.\n'
    : "There is no such brake. See them with 'brakes'.\n";
  world.write(asJson ? `${json(answer)}\n` : text);
  return FINE;
}
