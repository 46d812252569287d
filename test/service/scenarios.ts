import { DAY, HOUR, World } from './world.ts';

/** An overlap short enough to live through many. */
export const SHORT = { 'key-rotation-overlap': 'PT1H' };

/** An adopted account in the middle of its period. */
export async function idleWorld(tags: Record<string, string> = SHORT): Promise<World> {
  const world = new World({ accounts: [{ name: 'language', tags }] });
  await world.liveUntil(({ phase }) => phase === 'idle', 4 * DAY);
  return world;
}

/** The same in the overlap of a manual rotation, which apps were told of. */
export async function overlapWorld(): Promise<World> {
  const world = await idleWorld();
  await world.request({ kind: 'manual' });
  await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
  return world;
}

/** The slot that is not `slot`. */
export function other(slot: 'Key1' | 'Key2' | undefined): 'Key1' | 'Key2' {
  return slot === 'Key1' ? 'Key2' : 'Key1';
}
