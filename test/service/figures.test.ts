import { expect, test } from 'vitest';
import { DAY, HOUR, World } from './world.ts';

/** An account that was adopted 40 days ago, after a look with these tags. */
async function givenLook(tags: Record<string, string>) {
  const world = new World();
  await world.liveUntil(({ phase }) => phase === 'idle', 3 * DAY);
  world.time.advance(40 * DAY);
  world.azure.accounts.update(world.account().id, { tags });
  await world.pass();
  const entry = world.telemetry.filter(({ name }) => name === 'pass').at(-1);
  return { entry, data: entry?.data ?? {} };
}

test('a key that an invalid tag keeps from being rotated gets too old by the default period', async () => {
  const { entry, data } = await givenLook({ 'key-rotation-period': 'monthly' });
  expect(entry?.reason).toBe('PolicyInvalid');
  expect(data['periodMs']).toBe(30 * DAY);
  expect(data['keyAgeMs']).toBeGreaterThan(40 * DAY - HOUR);
});

test('a key that nobody wants to be rotated never gets too old', async () => {
  const { entry, data } = await givenLook({ 'key-rotation': 'disabled' });
  expect(entry?.reason).toBe('Excluded');
  expect(data['keyAgeMs']).toBeNull();
});

test('the step that closes a rotation is said to be of it', async () => {
  const world = new World();
  await world.liveUntil(({ phase }) => phase === 'idle', 3 * DAY);
  const closing = world.telemetry.filter(({ data }) => data?.['do'] === 'confirmRetired').at(-1);
  const rotationId = (await world.record()).lastRotation?.id;
  expect(closing?.data).toMatchObject({ outcome: 'done', cause: 'adoption', rotationId });
});
