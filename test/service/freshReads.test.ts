import { expect, test } from 'vitest';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { idleWorld } from './scenarios.ts';
import { HOUR, type World } from './world.ts';

/** The pass that starts a rotation and publishes its key: what it calls of Azure, in order. */
async function callsOfStart(world: World): Promise<string[]> {
  await world.request({ kind: 'manual' });
  const before = world.azure.log.entries.length;
  await world.pass();
  return world.azure.log.entries.slice(before).map(({ operation }) => operation);
}

test('a regenerate rests on a whole look and a last one, a publish on keys and secret read for it', async () => {
  const LOOK = ['getAccount', 'listKeys', 'getSecret'];
  const REGENERATE = ['getSecret', 'regenerateKey'];
  const VERIFY = ['issueToken'];
  const PUBLISH = ['listKeys', 'getSecret', 'setSecret', 'getSecret', 'listKeys'];
  const calls = await callsOfStart(await idleWorld());
  expect(calls).toEqual([...LOOK, ...REGENERATE, ...VERIFY, ...PUBLISH, 'publishEvents']);
});

test('nothing is published over a version that a person set while the new key was tried', async () => {
  const world = await idleWorld();
  world.intercept = (call, proceed) => {
    if (call === 'prober.probe') {
      world.intercept = undefined;
      const slot = world.activeSlot() ?? 'Key1';
      const { tags = {} } = world.newest() ?? {};
      world.vault.set('language-key', world.account().keys.value(slot), { tags });
    }
    return proceed();
  };
  expect(await callsOfStart(world)).not.toContain('setSecret');
});

test('nothing is published that a person regenerated while it was tried', async () => {
  const world = await idleWorld();
  let tried = '';
  const meddle = async (proceed: () => unknown) => {
    const standby = world.activeSlot() === 'Key1' ? 'Key2' : 'Key1';
    tried = world.account().keys.value(standby);
    const verdict = await proceed();
    world.regenerateByHand(standby);
    return verdict;
  };
  world.intercept = (call, proceed) =>
    call === 'prober.probe' && tried === '' ? meddle(proceed) : proceed();
  await callsOfStart(world);
  await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
  const values = world.vault.peek('language-key').map(({ value }) => value);
  expect(values).not.toContain(tried);
  expect(world.events.at(-1)?.type).toBe(EVENT_TYPES.keyActivated);
});
