import type { RotationView } from '../../shared/api/views.ts';
import { RequestError } from '../errors.ts';
import { json, printable } from '../text.ts';
import { roughly, timeOf } from '../times.ts';
import { ATTENTION, FINE, type Session } from './session.ts';

const PAUSE_MS = 2_000;

/**
 * Follows a rotation until it ended, for `limitMs` at most: the service goes on by itself either way.
 * A service that does not answer for a moment is asked again.
 */
export async function follow(path: string, limitMs: number, session: Session): Promise<number> {
  const { world } = session;
  const endsAt = world.now() + limitMs;
  let said = '';
  for (;;) {
    const rotation = await look(path, session, endsAt);
    const state = rotation ? stateText(rotation) : said;
    if (state !== said) world.writeError(`${printable(state)}\n`);
    said = state;
    if (rotation?.state === 'done' || rotation?.state === 'refused') return end(rotation, session);
    if (world.now() + PAUSE_MS > endsAt) return giveUp(rotation, limitMs, session);
    await world.sleep(PAUSE_MS);
  }
}

/** Null: not to be had right now. */
async function look(path: string, { api, world }: Session, endsAt: number) {
  try {
    return await api.get<RotationView>(path);
  } catch (error) {
    const isTransient = error instanceof RequestError && error.isTransient;
    if (isTransient && world.now() < endsAt) return null;
    throw error;
  }
}

function stateText({ id, state, phase, waitsFor }: RotationView): string {
  const waits = waitsFor ? `; ${waitsFor.reason}: ${waitsFor.message}` : '';
  return `rotation ${id}: ${[state, phase].filter(Boolean).join(', ')}${waits}`;
}

function end(rotation: RotationView, { world, json: asJson }: Session): number {
  const { id, state, closedAt, confirmedDead, steps } = rotation;
  const isDone = state === 'done';
  if (asJson) world.write(`${json(rotation)}\n`);
  else if (isDone) {
    const dead = confirmedDead ? '; the old key was tried and is dead' : '';
    world.write(`Rotation ${printable(id)} ended at ${timeOf(closedAt)}${dead}.\n`);
  }
  if (isDone) return FINE;
  world.writeError(`Refused: ${printable(steps.at(-1)?.message ?? 'no reason was recorded')}\n`);
  return ATTENTION;
}

function giveUp(rotation: RotationView | null, limitMs: number, session: Session): number {
  const { world } = session;
  if (session.json && rotation) world.write(`${json(rotation)}\n`);
  const found = rotation ? (rotation.phase ?? rotation.state) : 'no answer';
  world.writeError(
    `Expected the rotation to end within ${roughly(limitMs)}, found ${found}. ` +
      "It goes on by itself; see it with 'status', or wait longer with --wait-limit.\n",
  );
  return ATTENTION;
}
