import { describe, expect, test } from 'vitest';
import { DEFAULT_FLEET } from '../../shared/core/fleet/limits.ts';
import type { PacedPass } from '../../shared/core/pacing.ts';
import type { Call } from '../../shared/core/trouble.ts';
import { tick } from '../../shared/service/scheduler.ts';
import { givenFleet } from './givenFleet.ts';
import { DAY, HOUR, MINUTE } from './world.ts';

describe('a brake that two ticks set at once', () => {
  test('is said by one of them', async () => {
    const { world } = await givenFleet(5, () => Number.MAX_SAFE_INTEGER);
    // A moment after it worked for them.
    const at = world.time.now() + 1;
    const trouble = { call: 'topic', kind: 'timeout', at, since: at } as const;
    for await (const status of world.statuses.list()) {
      await world.statuses.put({ ...status, trouble });
    }
    const runTick = () => tick(world.dependencies(), { enqueue: async () => {} });
    await Promise.all([runTick(), runTick()]);
    await runTick();
    const { entries } = await world.records.history(null, 10);
    expect(entries.map(({ reason }) => reason)).toEqual(['FleetBraked']);
  });
});

describe('that a call works for others', () => {
  /** Forty accounts, five of which fail in one call, the first of them an hour ago. */
  async function givenChronic(worked: readonly Call[], triedAgo: number) {
    const { world } = await givenFleet(40, () => Number.MAX_SAFE_INTEGER);
    const template = await world.status();
    world.time.advance(HOUR);
    const began = world.time.now() - HOUR;
    const look = async () => {
      const at = world.time.now() - triedAgo;
      for (let index = 0; index < 40; index++) {
        const accountId = `${world.id()}-${index}`;
        const trouble = { call: 'topic', kind: 'timeout', at, since: began + index } as const;
        const lookedAt = world.time.now();
        const workedAt = Object.fromEntries(worked.map((call) => [call, lookedAt]));
        const seen = index < 5 ? { trouble, workedAt: {} } : { trouble: null, workedAt };
        const nextCheckAt = Number.MAX_SAFE_INTEGER;
        await world.statuses.put({ ...template, accountId, nextCheckAt, lookedAt, ...seen });
      }
    };
    const lookUps = async (ticks: number) => {
      let count = 0;
      world.intercept = (call, proceed) => {
        if (call === 'statuses.lookedAtSince') count += 1;
        return proceed();
      };
      for (let done = 0; done < ticks; done++) {
        await look();
        await tick(world.dependencies(), { enqueue: async () => {} });
        world.time.advance(MINUTE);
      }
      return count;
    };
    return { world, lookUps };
  }

  test('is looked up once, and not at each tick while a few fail for good', async () => {
    const { world, lookUps } = await givenChronic(['topic'], 0);
    expect(await lookUps(60)).toBe(1);
    const stored = await world.statuses.brakes();
    expect(stored.map(({ state }) => [state.id, state.brake])).toEqual([['topic', null]]);
  });

  test('is not looked up where the failures are too long ago to brake anything', async () => {
    const { world, lookUps } = await givenChronic([], HOUR);
    expect(await lookUps(60)).toBe(0);
    expect(await world.statuses.brakes()).toEqual([]);
  });
});

describe("a brake's trial", () => {
  test('that the limits do not bear yet is left to the next tick', async () => {
    const { world } = await givenFleet(1, () => 0);
    for await (const status of world.statuses.list()) {
      await world.statuses.put({ ...status, reason: 'Due', phase: 'idle', dueAt: 0 });
    }
    const at = world.time.now();
    const brake = { kind: 'timeout', since: at, accounts: 5, lastFailureAt: at } as const;
    const times = { endsAt: at + DAY, trialAt: at };
    const state = { id: 'topic', call: 'topic', scope: null, clearedAt: 0 } as const;
    await world.statuses.writeBrake({ ...state, brake: { ...brake, ...times } }, null);
    const trialAfterTick = async (delayMs: number) => {
      const delaysMs = (passes: readonly PacedPass[]) => passes.map(() => delayMs);
      const quota = { admit: async () => {}, delaysMs };
      await tick(world.dependencies({ quota }), { enqueue: async () => {} });
      return (await world.statuses.brakes())[0]?.state.brake?.trialAt;
    };
    expect(await trialAfterTick(10 * MINUTE)).toBe(at);
    expect(await trialAfterTick(0)).toBe(at + DEFAULT_FLEET.brake.quietMs);
  });
});
