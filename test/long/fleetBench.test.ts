import { expect, it } from 'vitest';
import { lowerBound } from '../bench/fleet/bound.ts';
import { FLEET } from '../bench/fleet/world.ts';
import { rotateFleet } from '../bench/fleet.ts';

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

it('limits that are narrower than was thought cost time, hardly a refusal, and no account', async () => {
  const odd = { ...SMALL, listKeysBucket: 'armWrite', vaults: 1 } as const;
  const run = await rotateFleet(odd);
  expect(run.throttled / run.answers).toBeLessThanOrEqual(0.01);
  expect(run.publishedS / (await lowerBound(odd)).publishedS).toBeLessThanOrEqual(2);
  expect(run).toMatchObject({ regenerated: 1_000, published: 500 });
});
