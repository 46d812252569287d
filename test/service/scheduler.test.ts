import { describe, expect, test } from 'vitest';
import type { AccountStatus } from '../../shared/service/ports.ts';
import { tick } from '../../shared/service/scheduler.ts';
import { MINUTE, World } from './world.ts';

const ENQUEUE_LIMIT = 1_000;

/** A world with one real account, the status of many others, and a queue that is only looked at. */
async function givenFleet(size: number, nextCheckAt: (index: number) => number) {
  const world = new World();
  await world.pass();
  const template = await world.status();
  for (let index = 0; index < size; index++) {
    const accountId = `${world.id()}-${index}`;
    const status: AccountStatus = { ...template, accountId, nextCheckAt: nextCheckAt(index) };
    await world.statuses.put(status);
  }
  const enqueued: string[][] = [];
  const runTick = async () => {
    const ids: string[] = [];
    await tick(world.dependencies(), {
      enqueue: async (some) => void ids.push(...some.map(({ accountId }) => accountId)),
    });
    enqueued.push(ids);
  };
  return { world, enqueued, runTick };
}

describe('a tick', () => {
  test('puts whoever has waited longest first, so that beyond its limit nobody waits for ever', async () => {
    const size = 2 * ENQUEUE_LIMIT;
    const { world, enqueued, runTick } = await givenFleet(size, (index) => size - index);
    await runTick();
    expect(enqueued[0]).toHaveLength(ENQUEUE_LIMIT);
    expect(enqueued[0]?.[0]).toBe(`${world.id()}-${size - 1}`);
    await runTick();
    const both = new Set(enqueued.flat());
    expect(both.size).toBe(size);
  });

  test('does not put an account again while its message waits, but when a claim would have ended', async () => {
    const { world, enqueued, runTick } = await givenFleet(3, () => 0);
    await runTick();
    await runTick();
    world.time.advance(3 * MINUTE);
    await runTick();
    expect(enqueued.map((ids) => ids.length)).toEqual([3, 0, 3]);
  });

  test('knows an account as soon as it is found, and looks for others at the check interval', async () => {
    const world = new World();
    const found: string[][] = [];
    const runTick = () =>
      tick(world.dependencies(), {
        enqueue: async (messages) => void found.push(messages.map(({ accountId }) => accountId)),
      });
    await runTick();
    const at = world.time.now();
    world.time.advance(MINUTE);
    await runTick();
    expect(found).toEqual([[world.id()]]);
    expect((await world.statuses.readTick()).discoveredAt).toBe(at);
    // The message was lost: nobody looked at it, and it is due again.
    world.time.advance(3 * MINUTE);
    await runTick();
    expect(found).toHaveLength(2);
    world.time.advance(15 * MINUTE);
    await runTick();
    expect((await world.statuses.readTick()).discoveredAt).toBe(world.time.now());
  });
});
