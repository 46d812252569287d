import { describe, expect, test } from 'vitest';
import { carryOut } from '../../shared/service/carryOut.ts';
import type { PassMessage } from '../../shared/service/queuePorts.ts';
import { tick } from '../../shared/service/scheduler.ts';
import { idleWorld } from './scenarios.ts';
import { MINUTE, World } from './world.ts';

describe('a message on the queue', () => {
  test.each([
    ['in time', 3, true],
    ['late by less than clocks may differ', 3 + 5, true],
    ['later than that', 3 + 5.1, false],
  ])('that comes %s is carried out: %s', async (_, minutes, isCarriedOut) => {
    const world = await idleWorld();
    const calls = world.azure.log.entries.length;
    const message = { accountId: world.id(), notAfter: world.time.now() + 3 * MINUTE };
    world.time.advance(minutes * MINUTE);
    const wait = await world.run(carryOut(message, world.dependencies()));
    expect(wait !== undefined).toBe(isCarriedOut);
    expect(world.azure.log.entries.length > calls).toBe(isCarriedOut);
  });

  test.each([
    ['in time', 3, true],
    ['late, when it could begin nothing any more', 3.001, false],
  ])('that admits a start and comes %s is carried out: %s', async (_, minutes, isCarriedOut) => {
    const world = await idleWorld();
    const until = world.time.now() + 3 * MINUTE;
    const message = { accountId: world.id(), notAfter: until, start: { until } };
    world.time.advance(minutes * MINUTE);
    const wait = await world.run(carryOut(message, world.dependencies()));
    expect(wait !== undefined).toBe(isCarriedOut);
  });

  test('of somebody who asked is carried out whenever it comes', async () => {
    const world = await idleWorld();
    world.time.advance(24 * 60 * MINUTE);
    const wait = await world.run(carryOut({ accountId: world.id() }, world.dependencies()));
    expect(wait?.reason).toBe('NotDue');
  });

  test('is only left when another has been sent', async () => {
    const world = new World();
    const sent: PassMessage[] = [];
    const runTick = () =>
      tick(world.dependencies(), { enqueue: async (some) => void sent.push(...some) });
    await runTick();
    const [first] = sent;
    world.time.advance((first?.notAfter ?? 0) - world.time.now());
    await runTick();
    expect(sent.map(({ accountId }) => accountId)).toEqual([world.id(), world.id()]);
  });
});
