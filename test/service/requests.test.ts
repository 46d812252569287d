import { describe, expect, test } from 'vitest';
import type { RotationEventData } from '../../shared/core/events.ts';
import { runPass } from '../../shared/service/pass.ts';
import { idleWorld, other, overlapWorld, SHORT } from './scenarios.ts';
import { DAY, fingerprintOf, HOUR, MINUTE, SECOND, World } from './world.ts';

async function openRequests(world: World): Promise<number> {
  return (await world.records.read(world.id())).requests.length;
}

describe('a manual request', () => {
  test('starts a rotation at once, is named in its history, and is gone once that runs', async () => {
    const world = await idleWorld();
    await world.request({ kind: 'manual', actor: 'ada', comment: 'audit' });
    await world.liveUntil(({ phase }) => phase === 'overlap', 5 * MINUTE);
    expect((await world.record()).rotation).toMatchObject({ cause: 'manual', actor: 'ada' });
    expect(await openRequests(world)).toBe(0);
    const started = (await world.history()).find(({ reason }) => reason === 'RotationRequested');
    expect(started).toMatchObject({ actor: 'ada', phase: 'regeneratingStandby' });
  });

  test('waits for the rotation under way, then starts its own', async () => {
    const world = await overlapWorld();
    const first = (await world.record()).rotation?.id;
    await world.request({ kind: 'manual' });
    await world.live(10 * MINUTE);
    expect((await world.record()).rotation?.id).toBe(first);
    await world.liveUntil(({ rotation }) => rotation !== null && rotation.id !== first, 3 * HOUR);
  });

  test('made while another pass is at work is answered right after it', async () => {
    const world = await idleWorld();
    const fingerprints = [fingerprintOf(world.account(), other(world.activeSlot()))];
    await world.request({ kind: 'compromised', fingerprints });
    let asked = false;
    world.intercept = (call, proceed) =>
      call === 'records.write' && !asked ? ask(proceed) : proceed();
    const ask = async (proceed: () => unknown) => {
      const { stored } = await world.records.read(world.id());
      const { rotation, retiredAt } = stored?.record ?? {};
      asked = rotation?.cause === 'compromised' && retiredAt !== null;
      if (asked) await world.request({ kind: 'manual' });
      return proceed();
    };
    await world.live(2 * MINUTE);
    expect(asked).toBe(true);
    expect((await world.record()).rotation?.cause).toBe('manual');
  });

  test.each([
    ['and carried out', true],
    ['and not seen yet', false],
  ])(
    'made while a pass only looks, %s, is not lost from sight behind it',
    async (_, isCarriedOut) => {
      const world = await idleWorld();
      const look = world.pass();
      world.intercept = async (call, proceed) => {
        if (call !== 'secrets.readNewest') return proceed();
        world.intercept = undefined;
        const secret = await proceed();
        await world.request({ kind: 'manual' });
        if (isCarriedOut) await runPass(world.id(), world.dependencies());
        return secret;
      };
      await look;
      const { retireAt } = (await world.records.read(world.id())).stored?.record ?? {};
      const { nextCheckAt, phase } = await world.status();
      expect(phase).toBe(isCarriedOut ? 'overlap' : 'idle');
      expect(nextCheckAt).toBeLessThanOrEqual(isCarriedOut ? (retireAt ?? 0) : world.time.now());
    },
  );

  test('is held up by a hold, which is released by its end', async () => {
    const world = await idleWorld();
    const until = world.time.now() + 2 * HOUR;
    await world.records.setHold(null, { actor: 'ada', comment: 'release day', until });
    await world.request({ kind: 'manual' });
    await world.live(HOUR);
    expect(await world.status()).toMatchObject({ reason: 'Held', phase: 'idle' });
    const delayed = world.events.filter(({ type }) => type.includes('RotationDelayed'));
    expect(delayed.map(({ data }) => data)).toMatchObject([{ reason: 'Held', cause: 'manual' }]);
    await world.liveUntil(({ phase }) => phase === 'overlap', 2 * HOUR);
    expect((await world.record()).rotation?.startedAt).toBeGreaterThanOrEqual(until);
  });
});

describe('a rollback', () => {
  test('brings the previous key back with a new overlap; the failed key becomes the stale one', async () => {
    const world = await overlapWorld();
    const failed = world.activeSlot();
    const previous = fingerprintOf(world.account(), other(failed));
    await world.request({ kind: 'rollback' });
    await world.liveUntil(({ rotation }) => rotation?.cause === 'rollback', 10 * MINUTE);
    await world.liveUntil(({ phase }) => phase === 'overlap', 10 * MINUTE);
    expect((await world.record()).active?.fingerprint).toBe(previous);
    const publishedAt = (world.newest()?.created ?? 0) * SECOND;
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    const last = world.account().keys.regenerations.at(-1);
    expect(last?.slot).toBe(failed);
    expect(last?.at).toBeGreaterThanOrEqual(publishedAt + HOUR);
    expect(fingerprintOf(world.account(), other(failed))).toBe(previous);
    expect(await openRequests(world)).toBe(0);
    expect(world.violations).toEqual([]);
  });

  test.each([
    ['outside the overlap', async () => idleWorld()],
    [
      'after the previous key was regenerated by hand',
      async () => {
        const world = await overlapWorld();
        world.regenerateByHand(other(world.activeSlot()));
        return world;
      },
    ],
  ])('is refused with a reason %s', async (_, given) => {
    const world = await given();
    await world.request({ kind: 'rollback', actor: 'ada' });
    const active = world.newest()?.version;
    await world.live(10 * MINUTE);
    const refused = (await world.history()).find(({ reason }) => reason === 'RequestRefused');
    expect(refused).toMatchObject({ outcome: 'refused', actor: 'ada' });
    expect(await openRequests(world)).toBe(0);
    expect(world.newest()?.version).toBe(active);
  });
});

describe('a compromised request', () => {
  test('for the active key replaces it, and cuts the overlap to what the operator grants', async () => {
    const world = await idleWorld();
    const leaked = world.activeSlot() ?? 'Key1';
    await world.request({
      kind: 'compromised',
      fingerprints: [fingerprintOf(world.account(), leaked)],
      overlapMs: 5 * MINUTE,
    });
    const askedAt = world.time.now();
    await world.live(12 * MINUTE);
    const slots = world
      .account()
      .keys.regenerations.slice(-2)
      .map(({ slot }) => slot);
    expect(slots).toEqual([other(leaked), leaked]);
    expect(world.account().keys.regenerations.at(-1)?.at).toBeLessThan(askedAt + 8 * MINUTE);
    expect(world.activeSlot()).toBe(other(leaked));
    const told = world.events.filter(({ type }) => type.includes('KeyActivated')).at(-1);
    const data = told?.['data'] as RotationEventData | undefined;
    expect(Date.parse(data?.previous?.validUntil ?? '')).toBeLessThan(askedAt + 6 * MINUTE);
    expect(data).toMatchObject({ severity: 'urgent' });
    expect(await openRequests(world)).toBe(0);
    expect(world.violations).toEqual([]);
  });

  test('for the standby key replaces it at once and publishes nothing', async () => {
    const world = await idleWorld();
    const standby = other(world.activeSlot());
    const before = world.account().keys.regenerations.length;
    const version = world.newest()?.version;
    const fingerprints = [fingerprintOf(world.account(), standby)];
    await world.request({ kind: 'compromised', fingerprints });
    await world.live(2 * MINUTE);
    expect(
      world
        .account()
        .keys.regenerations.slice(before)
        .map(({ slot }) => slot),
    ).toEqual([standby]);
    expect(world.newest()?.version).toBe(version);
    await world.liveUntil(({ phase }) => phase === 'idle', 10 * MINUTE);
    expect(await openRequests(world)).toBe(0);
  });

  test('for the stale key in the overlap makes its end come sooner', async () => {
    const world = await overlapWorld();
    const stale = other(world.activeSlot());
    const fingerprints = [fingerprintOf(world.account(), stale)];
    await world.request({ kind: 'compromised', fingerprints, overlapMs: 0 });
    const count = world.account().keys.regenerations.length;
    await world.live(3 * MINUTE);
    expect(world.account().keys.regenerations).toHaveLength(count + 1);
    expect(world.account().keys.regenerations.at(-1)?.slot).toBe(stale);
    expect(world.violations).toEqual([]);
  });

  test('in the overlap tells apps of the sooner end at once, with time to reload', async () => {
    const world = await overlapWorld();
    const fingerprints = [fingerprintOf(world.account(), other(world.activeSlot()))];
    const before = world.events.length;
    await world.request({ kind: 'compromised', fingerprints, overlapMs: 5 * MINUTE });
    const askedAt = world.time.now();
    await world.live(MINUTE);
    expect(await world.status()).toMatchObject({ retireAt: askedAt + 5 * MINUTE });
    await world.live(14 * MINUTE);
    const told = world.events.slice(before);
    expect(told.map(({ type }) => type)).toEqual([
      'Twinkey.KeyRetiring.v1',
      'Twinkey.KeyRetired.v1',
    ]);
    expect(Date.parse(String(told[0]?.['time']))).toBeLessThan(askedAt + MINUTE);
    const data = told[0]?.['data'] as RotationEventData | undefined;
    expect(Date.parse(data?.previous?.validUntil ?? '')).toBe(askedAt + 5 * MINUTE);
    expect(data).toMatchObject({ severity: 'urgent' });
    const retired = world.account().keys.regenerations.at(-1)?.at ?? 0;
    expect(retired).toBeGreaterThanOrEqual(askedAt + 5 * MINUTE);
    expect(retired).toBeLessThan(askedAt + 7 * MINUTE);
  });

  test('for both keys replaces both, in the safe order', async () => {
    const world = await idleWorld();
    const fingerprints = (['Key1', 'Key2'] as const).map((slot) =>
      fingerprintOf(world.account(), slot),
    );
    await world.request({ kind: 'compromised', fingerprints, overlapMs: 0 });
    await world.live(HOUR);
    for (const slot of ['Key1', 'Key2'] as const) {
      expect(fingerprints).not.toContain(fingerprintOf(world.account(), slot));
    }
    expect(await openRequests(world)).toBe(0);
    expect(world.violations).toEqual([]);
  });

  test.each([
    [true, 'passes a hold'],
    [false, 'does not pass a hold'],
  ])('with overrideHold %s %s', async (overrideHold) => {
    const world = await idleWorld();
    await world.records.setHold(world.id(), { actor: 'ada', comment: 'x', until: null });
    const fingerprints = [fingerprintOf(world.account(), world.activeSlot() ?? 'Key1')];
    const count = world.account().keys.regenerations.length;
    await world.request({ kind: 'compromised', fingerprints, overlapMs: 0, overrideHold });
    await world.live(HOUR);
    expect(world.account().keys.regenerations.length > count).toBe(overrideHold);
  });

  test('does not wait for Event Grid beyond the granted overlap', async () => {
    const world = await idleWorld();
    const leaked = world.activeSlot() ?? 'Key1';
    const fingerprints = [fingerprintOf(world.account(), leaked)];
    world.azure.faults.add({ service: 'eventgrid', fault: { kind: 'drop' } });
    await world.request({ kind: 'compromised', fingerprints, overlapMs: 5 * MINUTE });
    await world.live(30 * MINUTE);
    expect(fingerprints).not.toContain(fingerprintOf(world.account(), leaked));
    expect(world.violations).toEqual([]);
  });
});

describe('required acknowledgements', () => {
  const tags = {
    ...SHORT,
    'key-rotation-subscribers': 'billing, search',
    'key-rotation-ack': 'required',
  };

  async function acknowledge(world: World, subscriber: string): Promise<void> {
    const fingerprint = (await world.record()).active?.fingerprint ?? '';
    const at = world.time.now();
    await world.records.acknowledge(world.id(), { subscriber, fingerprint, at });
  }

  test('keep the stale key alive until they are there, and operators hear of it once', async () => {
    const world = new World({ accounts: [{ name: 'language', tags }] });
    await world.live(5 * HOUR);
    await acknowledge(world, 'billing');
    await world.live(5 * HOUR);
    expect(world.account().keys.regenerations).toEqual([]);
    expect(await world.status()).toMatchObject({ reason: 'AcknowledgementMissing' });
    expect((await world.status()).message).toContain('search');
    const delayed = world.events.filter(({ type }) => type.includes('RotationDelayed'));
    expect(delayed).toHaveLength(1);
    await acknowledge(world, 'search');
    await world.liveUntil(({ phase }) => phase === 'idle', HOUR);
    expect(world.account().keys.regenerations).toHaveLength(1);
  });

  test('are never forced: beyond their limit a person is told, and the key stays', async () => {
    const world = new World({ accounts: [{ name: 'language', tags }] });
    await world.live(9 * DAY);
    expect(world.account().keys.regenerations).toEqual([]);
    expect(await world.status()).toMatchObject({
      reason: 'AcknowledgementOverdue',
      attention: true,
    });
    const failed = world.events.filter(({ type }) => type.includes('RotationFailed'));
    expect(failed).toHaveLength(1);
  });
});
