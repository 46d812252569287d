import { describe, expect, test } from 'vitest';
import { Failure } from '../../shared/core/failures.ts';
import type { QuotaPurpose } from '../../shared/core/quota.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { paced } from '../../shared/service/pace.ts';
import { runPass } from '../../shared/service/pass.ts';
import type { LaterPass } from '../../shared/service/queuePorts.ts';
import { idleWorld, overlapWorld } from './scenarios.ts';
import { DAY, MINUTE, SECOND, type World } from './world.ts';

/** Limits that leave no room for some purposes, and a queue for passes that come back. */
function givenLimits(...full: readonly QuotaPurpose[]) {
  const asked: QuotaPurpose[] = [];
  const putOff: LaterPass[] = [];
  const limits: Partial<Dependencies> = {
    quota: {
      admit: async (_place, purpose) => {
        asked.push(purpose);
        if (!full.includes(purpose)) return;
        throw new Failure('throttled', 'no room', { retryAfterMs: 7 * SECOND });
      },
      delaysMs: (passes) => passes.map(() => 0),
    },
    later: { put: async (passes) => void putOff.push(...passes) },
  };
  return { asked, putOff, limits };
}

/** The Azure calls that a pass makes. */
async function callsOf(world: World, pass: () => Promise<unknown>): Promise<string[]> {
  const before = world.azure.log.entries.length;
  await pass();
  return world.azure.log.entries.slice(before).map(({ operation }) => operation);
}

describe('a pass that Azure leaves no room for', () => {
  test('asks Azure nothing, writes no record, and is back when there is room', async () => {
    const world = await idleWorld();
    const { limits, putOff } = givenLimits('start');
    const record = await world.record();
    const calls = await callsOf(world, async () => {
      const waiting = await world.pass('language', limits);
      expect(waiting.reason).toBe('Throttled');
    });
    expect(calls).toEqual([]);
    expect(await world.record()).toEqual(record);
    // With what the tick said about starts.
    const notAfter = world.time.now() + 7 * SECOND + 3 * MINUTE;
    const message = { accountId: world.id(), notAfter, start: { until: Number.POSITIVE_INFINITY } };
    expect(putOff).toEqual([{ message, delayMs: 7 * SECOND }]);
    // Should that message be lost, the account is looked for when a claim would have ended.
    const status = await world.status();
    expect(status).toMatchObject({ reason: 'Throttled', attention: false });
    expect(status.nextCheckAt).toBe(world.time.now() + 7 * SECOND + 3 * MINUTE);
  });

  test('waits for the next tick where nothing can be put off', async () => {
    const world = await idleWorld();
    const { limits } = givenLimits('start');
    await world.pass('language', { quota: limits.quota as NonNullable<Dependencies['quota']> });
    expect((await world.status()).nextCheckAt).toBe(world.time.now() + 7 * SECOND);
  });

  test('is let in where a rotation is under way, or a leaked key waits', async () => {
    const underWay = givenLimits('start');
    await (await overlapWorld()).pass('language', underWay.limits);
    expect(underWay.asked[0]).toBe('finish');
    const world = await idleWorld();
    await world.request({ kind: 'compromised', fingerprints: ['0123456789ab'] });
    const leaked = givenLimits('start');
    await world.pass('language', leaked.limits);
    expect(leaked.asked[0]).toBe('finish');
  });

  test('writes no intent that it could not carry out', async () => {
    const world = await idleWorld();
    world.time.advance(40 * DAY);
    const { limits } = givenLimits('call');
    const before = await world.record();
    const waiting = await world.pass('language', limits);
    expect(waiting).toMatchObject({ reason: 'Throttled' });
    expect(await world.record()).toEqual(before);
    expect(world.azure.log.count({ operation: 'regenerateKey', at: world.time.now() })).toBe(0);
  });
});

test('a pass that finds another at work comes back for what somebody asks', async () => {
  const world = await idleWorld();
  await world.request({ kind: 'manual' });
  const { limits, putOff } = givenLimits();
  world.intercept = async (call, proceed) => {
    if (call !== 'secrets.publish') return proceed();
    world.intercept = undefined;
    await world.request({ kind: 'manual' });
    const turnedAway = await runPass(world.id(), world.dependencies(limits));
    expect(turnedAway.reason).toBe('ClaimedByAnother');
    return proceed();
  };
  await world.pass();
  expect(putOff).toEqual([{ message: { accountId: world.id() }, delayMs: 10 * SECOND }]);
});

test('messages that are put off by less than a second go out at once', () => {
  const messages = [{ accountId: 'a' }, { accountId: 'b' }, { accountId: 'c' }];
  expect(paced(messages, [0, 999, 1_000])).toEqual({
    now: messages.slice(0, 2),
    later: [{ message: messages[2], delayMs: 1_000 }],
  });
  expect(paced(messages).now).toEqual(messages);
});
