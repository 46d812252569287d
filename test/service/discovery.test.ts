import { describe, expect, test, vi } from 'vitest';
import { sleep } from '../../local/azure/model/time.ts';
import { Failure } from '../../shared/core/failures.ts';
import { DEFAULT_TIMING } from '../../shared/core/timing.ts';
import { runPass } from '../../shared/service/pass.ts';
import type { PassMessage } from '../../shared/service/queuePorts.ts';
import { tick } from '../../shared/service/scheduler.ts';
import type { Tick } from '../../shared/service/statusPorts.ts';
import { DAY, MINUTE, OTHER_SUBSCRIPTION, World } from './world.ts';

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
