import { describe, expect, test } from 'vitest';
import { DEFAULT_FLEET } from '../../shared/core/fleet/limits.ts';
import type { PacedPass } from '../../shared/core/pacing.ts';
import type { PassMessage } from '../../shared/service/queuePorts.ts';
import { tick } from '../../shared/service/scheduler.ts';
import { givenFleet } from './givenFleet.ts';
import { MINUTE, OTHER_SUBSCRIPTION, World } from './world.ts';

const ENQUEUE_LIMIT = 10_000;

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

  test('leaves to the next what the limits do not bear until then', async () => {
    const { world, enqueued, runTick } = await givenFleet(3, () => 0);
    const first: string[] = [];
    const delaysMs = (passes: readonly PacedPass[]) => passes.map((_, index) => index * 50_000);
    const quota = { admit: async () => {}, delaysMs };
    await tick(world.dependencies({ quota }), {
      enqueue: async (some) => void first.push(...some.map(({ accountId }) => accountId)),
    });
    await runTick();
    expect(first).toHaveLength(2);
    expect(enqueued).toEqual([[expect.stringContaining(world.id())]]);
    expect(first).not.toContain(enqueued[0]?.[0]);
  });

  test('asks once what the limits bear, by subscription and vault, and tells the queue', async () => {
    const world = new World();
    await world.pass();
    const status = await world.status();
    const due = { ...status, phase: 'idle', reason: 'NotDue', dueAt: 0, nextCheckAt: 0 } as const;
    const elsewhere = 'https://other.vault.test/secrets/key';
    await world.statuses.put({ ...due, nextStepAt: 0, retireAt: null, secretUrl: elsewhere });
    const fresh = {
      ...status,
      accountId: `/subscriptions/${OTHER_SUBSCRIPTION}/x`,
      secretUrl: null,
    };
    await world.statuses.put({ ...fresh, phase: 'idle', reason: 'AccountMissing', nextCheckAt: 0 });
    const asked: (readonly PacedPass[])[] = [];
    const delaysMs = (passes: readonly PacedPass[]) => {
      asked.push(passes);
      return passes.map((_, index) => index * 7_000);
    };
    const told: unknown[] = [];
    await tick(world.dependencies({ quota: { admit: async () => {}, delaysMs } }), {
      enqueue: async (messages, delays) =>
        void told.push(
          messages.map(({ accountId }) => accountId),
          delays,
        ),
    });
    const { vaultUrl } = world.dependencies().deployment;
    expect(asked).toEqual([
      [
        {
          subscriptionId: world.id().split('/')[2],
          vaultUrl: 'https://other.vault.test',
          mayPublish: true,
        },
        { subscriptionId: OTHER_SUBSCRIPTION, vaultUrl, mayPublish: false },
      ],
    ]);
    expect(told).toEqual([
      [world.id(), fresh.accountId],
      [0, 7_000],
    ]);
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

describe('the limit of accounts under way', () => {
  /** Ticks over a fleet that is due, whose messages wait. */
  async function givenLimit(maxUnderWay: number) {
    const { world } = await givenFleet(5, () => 0);
    world.fleet = { ...DEFAULT_FLEET, maxUnderWay };
    for (let index = 0; index < 5; index++) {
      const accountId = `${world.id()}-${index}`;
      const status = await world.statuses.get(accountId);
      if (!status) throw new Error('no status');
      const idle = { phase: 'idle', reason: 'NotDue', dueAt: 0, nextStepAt: 0 } as const;
      await world.statuses.put({ ...status, ...idle, retireAt: null });
    }
    await world.statuses.put({ ...(await world.status()), phase: 'idle', reason: 'NotDue' });
    const sent: PassMessage[] = [];
    const runTick = () =>
      tick(world.dependencies(), { enqueue: async (some) => void sent.push(...some) });
    const admitted = () => sent.filter(({ start }) => start && 'until' in start);
    return { world, runTick, sent, admitted };
  }

  test('counts what was admitted and has not begun', async () => {
    const { world, runTick, sent, admitted } = await givenLimit(2);
    await runTick();
    expect(admitted()).toHaveLength(2);
    expect(sent).toHaveLength(5);
    world.time.advance(MINUTE);
    await runTick();
    expect(admitted()).toHaveLength(2);
  });

  test('gives the place of a lost message to nobody else', async () => {
    const { world, runTick, admitted } = await givenLimit(2);
    await runTick();
    world.time.advance(4 * MINUTE);
    await runTick();
    expect(admitted()).toHaveLength(4);
    expect(new Set(admitted().map(({ accountId }) => accountId)).size).toBe(2);
  });

  test('is kept by two ticks at once', async () => {
    const { runTick, admitted } = await givenLimit(2);
    await Promise.all([runTick(), runTick()]);
    expect(admitted()).toHaveLength(2);
  });

  test('is kept while a tick that died may still be at it, and no longer', async () => {
    const { world, runTick, admitted } = await givenLimit(2);
    const now = world.time.now();
    await world.statuses.claimTick(now, now + 8 * MINUTE);
    await runTick();
    expect(admitted()).toHaveLength(0);
    world.time.advance(8 * MINUTE);
    await runTick();
    expect(admitted()).toHaveLength(2);
  });
});
