import { expect, it } from 'vitest';
import { runOnVirtualTime } from '../../local/azure/in-process/run.ts';
import { QUOTA_LIMITS } from '../../shared/core/quota.ts';
import { lowerBound } from '../bench/fleet/bound.ts';
import { FleetPlatform } from '../bench/fleet/platform.ts';
import { FLEET, FleetWorld, MINUTE } from '../bench/fleet/world.ts';
import { rotateFleet } from '../bench/fleet.ts';

/** No answer before the call's time-out. */
const HANGS = { kind: 'lateEffect', afterMs: 3_600_000 } as const;

const SMALL = { ...FLEET, accounts: 500, subscriptions: 2, vaults: 2, instances: 3 };

it('a fleet that is due at once is rotated as fast as the limits allow, each account once', async () => {
  const bound = await lowerBound(SMALL);
  const run = await rotateFleet(SMALL);
  expect(bound.publishedS).toBe(30);
  expect(run.publishedS / bound.publishedS).toBeLessThanOrEqual(1.15);
  expect(run.closedS / bound.closedS).toBeLessThanOrEqual(1.15);
  expect(run.throttled / run.answers).toBeLessThanOrEqual(0.01);
  expect(run).toMatchObject({ regenerated: 1_000, published: 500 });
});

it('a fleet with one vault comes as fast as that takes new versions, and nothing is refused', async () => {
  const accounts = 1_500;
  const run = await rotateFleet({ ...FLEET, accounts, vaults: 1, instances: 3 });
  expect(run.publishedS).toBeLessThanOrEqual(accounts / QUOTA_LIMITS.vaultCreations.perSecond + 2);
  // Each five times, as a pass that is let in at once.
  expect(run).toMatchObject({ published: accounts, throttled: 0, passes: 5 * accounts });
});

it('limits that are narrower than was thought cost time, hardly a refusal, and no account', async () => {
  const odd = { ...SMALL, listKeysBucket: 'armWrite', vaults: 1 } as const;
  const run = await rotateFleet(odd);
  expect(run.throttled / run.answers).toBeLessThanOrEqual(0.01);
  expect(run.publishedS / (await lowerBound(odd)).publishedS).toBeLessThanOrEqual(2);
  expect(run).toMatchObject({ regenerated: 1_000, published: 500 });
});

it('an instance that is behind by far more than a message is good for catches up', async () => {
  const accounts = 2_000;
  const slow = { accounts, subscriptions: 20, vaults: 20, instances: 1, latencyMs: 500 };
  const run = await rotateFleet({ ...FLEET, ...slow });
  // A whole rotation is five passes; those for nothing are fewer than two for each account.
  expect(run).toMatchObject({ regenerated: 2 * accounts, published: accounts });
  expect(run.passes).toBeLessThan(7 * accounts);
});

it('a vault that never answers takes no workers from the accounts of others for long', async () => {
  const accounts = 400;
  const world = new FleetWorld({ ...FLEET, accounts, subscriptions: 4, vaults: 4, instances: 1 });
  await world.settle();
  for (let index = 0; index < accounts; index += 4) {
    world.model.faults.add({ service: 'vault', target: `account-${index}-key`, fault: HANGS });
  }
  const healthy = (accounts * 3) / 4;
  const isOver = () => world.closedAt.size === healthy;
  const { overlapMs } = world.options;
  const running = new FleetPlatform(world).run(isOver, overlapMs + 20 * MINUTE);
  await runOnVirtualTime(world.time, running);
  expect(world.publishedAt.size).toBe(healthy);
});
