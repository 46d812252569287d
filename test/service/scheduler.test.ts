import { describe, expect, test, vi } from 'vitest';
import { sleep } from '../../local/azure/model/time.ts';
import { Failure } from '../../shared/core/failures.ts';
import { DEFAULT_FLEET } from '../../shared/core/fleet/limits.ts';
import type { PacedPass } from '../../shared/core/pacing.ts';
import { DEFAULT_TIMING } from '../../shared/core/timing.ts';
import type { Call } from '../../shared/core/trouble.ts';
import { runPass } from '../../shared/service/pass.ts';
import type { PassMessage } from '../../shared/service/queuePorts.ts';
import { tick } from '../../shared/service/scheduler.ts';
import type { AccountStatus, Tick } from '../../shared/service/statusPorts.ts';
import { DAY, HOUR, MINUTE, OTHER_SUBSCRIPTION, World } from './world.ts';

const ENQUEUE_LIMIT = 10_000;

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

describe('discovery', () => {
  const TAGS = { 'key-rotation': 'enabled' };

  async function givenDiscovered() {
    const accounts = ['aa', 'bb'].map((name) => ({ name, tags: TAGS }));
    const other = { name: 'cc', tags: TAGS, subscription: OTHER_SUBSCRIPTION };
    const world = new World({ accounts: [...accounts, other], discovered: true });
    const enqueued = async () => {
      const ids: string[] = [];
      await tick(world.dependencies(), {
        enqueue: async (some) => void ids.push(...some.map(({ accountId }) => accountId)),
      });
      return ids.map((id) => id.slice(-2)).sort((left, right) => (left < right ? -1 : 1));
    };
    return { world, enqueued };
  }

  const failing = { operation: 'listAccounts', fault: { kind: 'status', status: 403 } } as const;

  test('finds accounts in all subscriptions, and leaves those alone that did not change', async () => {
    const { world, enqueued } = await givenDiscovered();
    expect(await enqueued()).toEqual(['aa', 'bb', 'cc']);
    for (const name of ['aa', 'bb', 'cc']) await world.pass(name);
    world.time.advance(14 * MINUTE);
    expect(await enqueued()).toEqual([]);
  });

  test('of a subscription that cannot be listed stops no other, and is tried again alone', async () => {
    const { world, enqueued } = await givenDiscovered();
    const lift = world.azure.faults.add({ ...failing, times: 1 });
    expect(await enqueued()).toEqual(['cc']);
    lift();
    world.time.advance(MINUTE);
    const before = world.azure.log.count({ operation: 'listAccounts' });
    expect(await enqueued()).toEqual(['aa', 'bb']);
    expect(world.azure.log.count({ operation: 'listAccounts' }) - before).toBe(1);
  });

  test('has an account looked at again when its tags changed, and says when it vanished', async () => {
    const { world, enqueued } = await givenDiscovered();
    const due = async () => {
      world.time.advance(20 * MINUTE);
      for (const name of ['aa', 'bb', 'cc']) {
        const status = await world.statuses.get(world.id(name));
        if (status) await world.statuses.put({ ...status, nextCheckAt: world.time.now() + DAY });
      }
      return enqueued();
    };
    await enqueued();
    for (const name of ['aa', 'bb', 'cc']) await world.pass(name);
    expect(await due()).toEqual([]);
    world.azure.accounts.update(world.account('aa').id, { tags: { ...TAGS, team: 'blue' } });
    expect(await due()).toEqual(['aa']);
    expect(await due()).toEqual([]);
    const gone = world.id('bb');
    world.azure.accounts.remove(world.account('bb').id);
    world.time.advance(20 * MINUTE);
    await world.live(MINUTE);
    expect(await world.statuses.get(gone)).toMatchObject({
      reason: 'AccountMissing',
      attention: true,
    });
  });

  /** Three accounts that are due, and so many subscriptions more that do not answer until the call's time-out. */
  async function givenHanging(count: number) {
    const { world, enqueued } = await givenDiscovered();
    await enqueued();
    for (const name of ['aa', 'bb', 'cc']) await world.pass(name);
    world.time.advance(20 * MINUTE);
    const { accounts } = world.dependencies();
    const ids = Array.from({ length: count }, (_, index) => `hanging-${index}`);
    const asked: string[] = [];
    const ticks: Tick[] = [];
    const hanging = new Set(ids);
    async function* discover(id: string) {
      asked.push(id);
      ticks.push(await world.statuses.readTick());
      if (!hanging.has(id)) return yield* accounts.discover(id);
      await sleep(world.time, DEFAULT_TIMING.callTimeoutMs);
      throw new Failure('timeout', `list accounts of ${id}`);
    }
    const subscriptionIds = [...ids, ...accounts.subscriptionIds];
    const sentAt: number[] = [];
    const runTick = () =>
      world.run(
        tick(world.dependencies({ accounts: { ...accounts, subscriptionIds, discover } }), {
          enqueue: async (some) => void sentAt.push(...some.map(() => world.time.now())),
        }),
      );
    return { world, ids, asked, ticks, hanging, sentAt, runTick };
  }

  test.each([10, 50, 170])(
    'in %i subscriptions that do not answer keeps nobody waiting who is due, nor the next tick',
    async (count) => {
      const { world, sentAt, runTick } = await givenHanging(count);
      for (let ticks = 0; ticks < 2; ticks++) {
        const startedAt = world.time.now();
        for (const name of ['aa', 'bb', 'cc']) {
          await world.statuses.setNextCheck(world.id(name), startedAt);
        }
        await runTick();
        expect(sentAt.splice(0)).toEqual([startedAt, startedAt, startedAt]);
        expect(world.time.now() - startedAt).toBeLessThan(MINUTE);
      }
    },
  );

  test('that takes two minutes keeps no rotation from beginning, before it or after it', async () => {
    const { world, enqueued } = await givenDiscovered();
    await enqueued();
    for (const name of ['aa', 'bb', 'cc']) await runPass(world.id(name), world.dependencies());
    world.time.advance(20 * MINUTE);
    world.azure.accounts.update(world.account('aa').id, { tags: { ...TAGS, team: 'blue' } });
    world.intercept = (call, proceed) => {
      if (call === 'accounts.discover') world.time.advance(MINUTE);
      return proceed();
    };
    const sent: PassMessage[] = [];
    const first = { until: world.time.now() + 3 * MINUTE };
    await tick(world.dependencies(), { enqueue: async (some) => void sent.push(...some) });
    const changed = { until: world.time.now() + 3 * MINUTE };
    expect(sent.map(({ start }) => start)).toEqual([first, first, first, changed]);
  });

  test('that hangs finds the tick written down before', async () => {
    const { world, ticks, runTick } = await givenHanging(10);
    const before = await world.statuses.readTick();
    const startedAt = world.time.now();
    await runTick();
    expect(ticks[0]).toEqual({ ...before, at: startedAt });
    expect((await world.statuses.readTick()).discoveredAt).toBe(startedAt);
  });

  test('goes on at the next tick with those that it did not reach, and tries those that failed again', async () => {
    const { world, ids, asked, hanging, runTick } = await givenHanging(20);
    for (const subscription of [ids.slice(0, 8), ids.slice(8, 16)]) {
      await runTick();
      expect(asked.splice(0)).toEqual(subscription);
    }
    await runTick();
    const answering = [world.azure.subscription, OTHER_SUBSCRIPTION];
    expect(new Set(asked.splice(0, 8))).toEqual(
      new Set([...ids.slice(16), ...answering, ...ids.slice(0, 2)]),
    );
    hanging.clear();
    await runTick();
    expect((await world.statuses.readTick()).missed).toEqual([]);
    asked.length = 0;
    await runTick();
    expect(asked).toEqual([]);
  });

  test('that is not through in time with a subscription keeps what it found, and comes back', async () => {
    const { world } = await givenDiscovered();
    const { accounts } = world.dependencies();
    let pauseMs = 15_000;
    async function* discover(id: string) {
      for await (const account of accounts.discover(id)) {
        await sleep(world.time, pauseMs);
        yield account;
      }
    }
    const runTick = async () => {
      const slow = { ...accounts, subscriptionIds: [world.azure.subscription], discover };
      const ids: string[] = [];
      await world.run(
        tick(world.dependencies({ accounts: slow }), {
          enqueue: async (some) => void ids.push(...some.map(({ accountId }) => accountId)),
        }),
      );
      return ids.map((id) => id.slice(-2));
    };
    world.azure.accounts.add({ name: 'dd', tags: TAGS });
    expect(await runTick()).toEqual(['aa', 'bb']);
    expect((await world.statuses.readTick()).missed).toEqual([world.azure.subscription]);
    pauseMs = 0;
    expect(await runTick()).toEqual(['dd']);
    expect((await world.statuses.readTick()).missed).toEqual([]);
  });

  test('that cannot read or write what is known keeps no message from being sent', async () => {
    const { world, sentAt, runTick } = await givenHanging(0);
    world.intercept = (call, proceed) => {
      if (call === 'statuses.seenIn') throw new Failure('unavailable', 'a table is away');
      return proceed();
    };
    await runTick();
    expect(sentAt).toHaveLength(3);
    expect((await world.statuses.readTick()).missed).toHaveLength(2);
  });

  test('of a subscription that does not answer does not keep another waiting', async () => {
    const { world, enqueued } = await givenDiscovered();
    const asked: unknown[] = [];
    world.intercept = (call, proceed) => {
      if (call === 'accounts.discover') asked.push(call);
      return proceed();
    };
    const { accounts } = world.dependencies();
    async function* afterBoth(subscription: string) {
      const found = accounts.discover(subscription);
      await vi.waitFor(() => expect(asked).toHaveLength(2));
      yield* found;
    }
    await tick(world.dependencies({ accounts: { ...accounts, discover: afterBoth } }), {
      enqueue: async () => {},
    });
    world.time.advance(4 * MINUTE);
    expect(await enqueued()).toEqual(['aa', 'bb', 'cc']);
  });

  test('that fails half-way takes no account for vanished', async () => {
    const { world, enqueued } = await givenDiscovered();
    await enqueued();
    for (const name of ['aa', 'bb', 'cc']) await world.pass(name);
    world.time.advance(20 * MINUTE);
    for (const name of ['aa', 'bb', 'cc']) {
      await world.statuses.setNextCheck(world.id(name), world.time.now() + DAY);
    }
    world.azure.faults.set([failing]);
    expect(await enqueued()).toEqual([]);
  });
});
