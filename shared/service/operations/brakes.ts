import { Failure } from '../../core/failures.ts';
import type { BrakeState } from '../../core/fleet/brakes.ts';
import type { Dependencies } from '../dependencies.ts';
import { recordDeed } from './history.ts';
import type { Released } from './holds.ts';

/** A state with its brake set. */
export type SetBrake = BrakeState & { readonly brake: NonNullable<BrakeState['brake']> };

/** A tick may write the same state meanwhile. */
const TRIES = 3;

/** The brakes that keep rotations from beginning now, by id. */
export async function brakesNow({ statuses }: Dependencies): Promise<SetBrake[]> {
  const states = (await statuses.brakes()).map(({ state }) => state);
  const set = states.filter((state): state is SetBrake => state.brake !== null);
  return set.sort((left, right) => (left.id < right.id ? -1 : 1));
}

/**
 * Lets rotations begin again; what failed before counts no more. False: there was no such brake. The
 * next tick goes by it. Throws a `Failure` when ticks were faster all the time.
 */
export async function releaseBrake(
  id: string,
  { actor, comment }: Released,
  dependencies: Dependencies,
): Promise<boolean> {
  const { statuses, clock } = dependencies;
  for (let count = 0; count < TRIES; count++) {
    const found = (await statuses.brakes()).find(({ state }) => state.id === id);
    if (!found?.state.brake) return false;
    const { state, etag } = found;
    const next = { ...state, brake: null, clearedAt: clock.now() };
    if (!(await statuses.writeBrake(next, etag))) continue;
    const { kind, accounts } = found.state.brake;
    const was = `${id}: ${accounts} accounts in a row had failed (${kind})`;
    const message = comment === undefined ? was : `${comment} (${was})`;
    await recordDeed(null, { reason: 'BrakeReleased', message, actor }, dependencies);
    return true;
  }
  throw new Failure('conflict', `the brake ${id} changes all the time`, { retriable: true });
}
