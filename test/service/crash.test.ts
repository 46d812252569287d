import { describe, expect, test } from 'vitest';
import { Crash, HOUR, type Interceptor, MINUTE, STREAMS, World } from './world.ts';

/** Dies at the n-th call of a port: before it happens, or after it did and before its answer. */
function dyingAt(n: number, when: 'before' | 'after'): { intercept: Interceptor; calls: string[] } {
  const calls: string[] = [];
  const intercept: Interceptor = (call, proceed) => {
    if (STREAMS.has(call)) return proceed();
    calls.push(call);
    if (calls.length !== n) return proceed();
    if (when === 'before') throw new Crash(`before call ${n}: ${call}`);
    return Promise.resolve(proceed()).then(() => {
      throw new Crash(`after call ${n}: ${call}`);
    });
  };
  return { intercept, calls };
}

/** An adopted account whose first scheduled rotation is about to start. */
async function aboutToRotate(): Promise<World> {
  const world = new World({
    accounts: [{ name: 'language', tags: { 'key-rotation-overlap': 'PT1H' } }],
  });
  await world.liveUntil(({ phase }) => phase === 'idle', 2 * HOUR);
  await world.request({ kind: 'manual' });
  return world;
}

async function callsOfOneRotation(): Promise<number> {
  const world = await aboutToRotate();
  const { intercept, calls } = dyingAt(0, 'before');
  world.intercept = intercept;
  await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
  await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
  return calls.length;
}

describe('a worker that dies', () => {
  test.each(['before', 'after'] as const)(
    '%s any one call of a rotation leaves nothing that the next passes do not bring to its end',
    async (when) => {
      const total = await callsOfOneRotation();
      expect(total).toBeGreaterThan(60);
      for (let n = 1; n <= total; n++) {
        const world = await aboutToRotate();
        const { regenerations } = world.account().keys;
        const before = regenerations.length;
        world.intercept = dyingAt(n, when).intercept;
        await world.live(2 * MINUTE);
        await world.liveUntil(
          ({ phase }) => phase === 'idle' && regenerations.length > before + 1,
          3 * HOUR,
        );
        const [standby, stale] = regenerations.slice(before);
        expect(world.violations, `${when} call ${n}`).toEqual([]);
        expect(regenerations.length, `${when} call ${n}`).toBe(before + 2);
        expect((stale?.at ?? 0) - (standby?.at ?? 0)).toBeGreaterThanOrEqual(HOUR);
        expect(world.activeSlot()).toBe(standby?.slot);
      }
    },
  );
});
