import { expect, test } from 'vitest';
import { measure } from '../../shared/azure/telemetry/measure.ts';
import { DAY, HOUR, World } from './world.ts';

/** An account that was adopted 40 days ago, after a look with these tags, while ARM answers `status`. */
async function givenLook(tags: Record<string, string>, status = 200) {
  const world = new World();
  await world.liveUntil(({ phase }) => phase === 'idle', 3 * DAY);
  world.time.advance(40 * DAY);
  world.azure.accounts.update(world.account().id, { tags });
  if (status !== 200)
    world.azure.faults.set([{ service: 'arm', fault: { kind: 'status', status } }]);
  await world.pass();
  const entry = world.telemetry.filter(({ name }) => name === 'pass').at(-1);
  return { world, entry, data: entry?.data ?? {} };
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

test.each([
  ['of an invalid tag', { 'key-rotation-period': 'monthly' }, 200, 'true'],
  ['for a permission', {}, 403, 'true'],
  ['for an outage to end', {}, 503, undefined],
  ['that is as wanted', { 'key-rotation': 'disabled' }, 200, undefined],
])('who has to do something about a wait %s is told', async (_, tags, status, attention) => {
  const { world, entry } = await givenLook(tags, status);
  if (!entry) throw new Error('expected a pass');
  const [event] = measure(entry, world.time.now()).events;
  expect(event?.dimensions['attention']).toBe(attention);
});

test('the step that closes a rotation is said to be of it', async () => {
  const world = new World();
  await world.liveUntil(({ phase }) => phase === 'idle', 3 * DAY);
  const closing = world.telemetry.filter(({ data }) => data?.['do'] === 'confirmRetired').at(-1);
  const rotationId = (await world.record()).lastRotation?.id;
  expect(closing?.data).toMatchObject({ outcome: 'done', cause: 'adoption', rotationId });
});
