import { tick } from '../../shared/service/scheduler.ts';
import type { AccountStatus } from '../../shared/service/statusPorts.ts';
import { World } from './world.ts';

/** A world with one real account, the status of many others, and a queue that is only looked at. */
export async function givenFleet(size: number, nextCheckAt: (index: number) => number) {
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
