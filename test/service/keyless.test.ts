import { describe, expect, test } from 'vitest';
import { Failure } from '../../shared/core/failures.ts';
import { followRotation } from '../../shared/service/operations/follow.ts';
import {
  previewKeyless,
  requestKeyless,
  withdrawKeyless,
} from '../../shared/service/operations/keyless.ts';
import { requestRollback, requestRotation } from '../../shared/service/operations/requests.ts';
import { ASKED, ask, refusal } from './keylessScene.ts';
import { idleWorld, SHORT } from './scenarios.ts';
import { Crash, DAY, fingerprintOf, HOUR, MINUTE, STREAMS, type World } from './world.ts';

/** Lives until the account's keys are switched off and nothing is left to do. */
async function liveToTheEnd(world: World, limitMs = 4 * HOUR): Promise<void> {
  const end = world.time.now() + limitMs;
  while ((await world.status()).reason !== 'Keyless' || (await openRequests(world)) > 0) {
    if (world.time.now() > end) throw new Error(JSON.stringify(await world.status()));
    await world.live(10 * MINUTE);
  }
}

async function openRequests(world: World): Promise<number> {
  return (await world.records.read(world.id())).requests.length;
}

function keysOf(world: World): string[] {
  const { keys } = world.account();
  return [keys.value('Key1'), keys.value('Key2')];
}

describe('the end of key authentication', () => {
  test('replaces both keys with an overlap, switches keys off, disables the secret, and says so', async () => {
    const world = await idleWorld();
    const before = keysOf(world);
    const askedAt = world.time.now();
    await ask(world);
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    expect(world.account().disableLocalAuth).toBe(false);
    await liveToTheEnd(world);
    expect(world.account().disableLocalAuth).toBe(true);
    expect(world.time.now()).toBeGreaterThanOrEqual(askedAt + HOUR);
    expect(keysOf(world).filter((key) => before.includes(key))).toEqual([]);
    expect(world.vault.peek('language-key').filter(({ enabled }) => enabled)).toEqual([]);
    expect(world.violations).toEqual([]);
    const record = await world.record();
    expect(record).toMatchObject({ phase: 'idle', active: null, stale: null, rotation: null });
    const active = fingerprintOf(world.account(), world.activeSlot() ?? 'Key1');
    const last = world.events.at(-1);
    expect(last).toMatchObject({
      id: 'keyless-1:KeyRetired',
      type: 'Twinkey.KeyRetired.v1',
      data: {
        rotationId: 'keyless-1',
        cause: 'keyless',
        activeSlot: null,
        fingerprint: null,
        secretId: null,
        secretName: 'language-key',
        previous: { fingerprint: active, validUntil: null },
        confirmedDead: true,
      },
    });
    const told = world.events.map(({ type }) => type.split('.')[1]);
    expect(told.filter((type) => type === 'KeyActivated')).toHaveLength(2);
    for (const key of [...before, ...keysOf(world)]) {
      expect(await world.everythingSaid()).not.toContain(key);
    }
  });

  test('is followed by its id from the asking to the end, with its actor in every step', async () => {
    const world = await idleWorld();
    const follow = () => followRotation(world.id(), 'keyless-1', world.dependencies());
    await ask(world);
    expect(await follow()).toMatchObject({
      state: 'requested',
      cause: 'keyless',
      steps: [{ reason: 'RequestMade', message: 'keyless: Entra ID only' }],
    });
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    expect(await follow()).toMatchObject({ state: 'running', closedAt: null });
    await liveToTheEnd(world);
    const { steps, ...followed } = await follow();
    const end = steps.at(-1);
    expect(followed).toMatchObject({ state: 'done', actor: 'ada', closedAt: end?.at });
    expect(end).toMatchObject({ reason: 'Keyless', outcome: 'done', actor: 'ada' });
    expect(steps.map(({ reason }) => reason)).toContain('KeylessRequested');
  });

  test('that finds a rotation under way waits for its end and then runs its own', async () => {
    const world = await idleWorld();
    await requestRotation(world.id(), 'rotation-1', ASKED, world.dependencies());
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    const seen = keysOf(world);
    await ask(world);
    await liveToTheEnd(world, 8 * HOUR);
    expect(keysOf(world).filter((key) => seen.includes(key))).toEqual([]);
    const { state } = await followRotation(world.id(), 'rotation-1', world.dependencies());
    expect(state).toBe('done');
  });

  test('survives a death before or after any one of its calls', async () => {
    let total = 1;
    for (const when of ['before', 'after'] as const) {
      for (let n = 1; n <= total; n++) {
        const world = await idleWorld();
        await ask(world);
        await world.live(HOUR);
        let calls = 0;
        world.intercept = (call, proceed) => {
          if (STREAMS.has(call) || ++calls !== n) {
            return proceed();
          }
          if (when === 'before') throw new Crash(call);
          return Promise.resolve(proceed()).then(() => {
            throw new Crash(call);
          });
        };
        await liveToTheEnd(world, 5 * HOUR);
        total = Math.max(total, Math.min(calls, 60));
        expect(world.violations, `${when} call ${n}`).toEqual([]);
        const retired = world.events.filter(({ id }) => id === 'keyless-1:KeyRetired');
        expect(retired.length, `${when} call ${n}`).toBeGreaterThanOrEqual(1);
        expect(world.vault.peek('language-key').filter(({ enabled }) => enabled)).toEqual([]);
      }
    }
    expect(total).toBeGreaterThan(25);
  });

  test('whose answer is lost is not asked for twice when it happened', async () => {
    const world = await idleWorld();
    await ask(world);
    let switches = 0;
    world.intercept = (call, proceed) => {
      if (call !== 'accounts.disableKeys') return proceed();
      switches += 1;
      return Promise.resolve(proceed()).then(() => {
        return { kind: 'unknown', failure: new Failure('timeout', 'lost') };
      });
    };
    await liveToTheEnd(world);
    expect(switches).toBe(1);
    const lines = (await world.history()).filter(({ reason }) => reason === 'KeylessRequested');
    expect(lines.at(-1)).toMatchObject({ outcome: 'unknown' });
  });

  test('that the identity may not carry out is reported to people, and goes on once it may', async () => {
    const world = await idleWorld();
    await ask(world);
    world.azure.faults.add({
      service: 'arm',
      operation: 'updateAccount',
      fault: { kind: 'status', status: 403 },
    });
    await world.live(4 * HOUR);
    expect(await world.status()).toMatchObject({ reason: 'CallFailed', attention: true });
    expect(world.account().disableLocalAuth).toBe(false);
    expect(world.newest()?.enabled).toBe(true);
    const failed = world.events.filter(({ type }) => type === 'Twinkey.RotationFailed.v1');
    expect(failed).toHaveLength(1);
    expect(failed[0]?.['data']).toMatchObject({ rotationId: 'keyless-1', cause: 'keyless' });
    world.azure.faults.set([]);
    await liveToTheEnd(world, DAY);
  });

  test('is undone by a rollback during its overlap', async () => {
    const world = await idleWorld();
    const previous = world.newest()?.value;
    await ask(world);
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    const id = (await world.record()).rotation?.id ?? '';
    await requestRollback(world.id(), id, 'undo-1', ASKED, world.dependencies());
    await world.live(DAY);
    expect(world.newest()?.value).toBe(previous);
    expect(world.account().disableLocalAuth).toBe(false);
    const { state } = await followRotation(world.id(), 'keyless-1', world.dependencies());
    expect(state).toBe('refused');
  });

  test('can be taken back until the switch is turned; its rotation ends as any other', async () => {
    const world = await idleWorld();
    await ask(world);
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    await withdrawKeyless(world.id(), { actor: 'grace', comment: 'not yet' }, world.dependencies());
    await world.live(DAY);
    expect(world.account().disableLocalAuth).toBe(false);
    expect(await world.status()).toMatchObject({ phase: 'idle', reason: 'NotDue' });
    const followed = await followRotation(world.id(), 'keyless-1', world.dependencies());
    expect(followed).toMatchObject({ state: 'refused' });
    expect(followed.steps.map(({ actor }) => actor)).toContain('grace');
  });

  test('leaves an account that is rotated again once keys and the secret are switched on', async () => {
    const world = await idleWorld();
    await ask(world);
    await liveToTheEnd(world);
    world.azure.accounts.update(world.id(), { disableLocalAuth: false });
    await world.live(HOUR);
    expect(await world.status()).toMatchObject({ reason: 'SecretDisabled', attention: true });
    const newest = world.newest();
    world.vault.update('language-key', newest?.version ?? '', { enabled: true });
    await world.liveUntil(({ phase }) => phase === 'overlap', 2 * HOUR);
    await world.liveUntil(({ phase }) => phase === 'idle', DAY);
    expect(world.violations).toEqual([]);
  });
});

describe('the preview', () => {
  test('names who uses a key, what would break and what is waited for, and changes nothing', async () => {
    const tags = {
      ...SHORT,
      'key-rotation-subscribers': 'shop,mail',
      'key-rotation-ack': 'required',
    };
    const world = await idleWorld();
    Object.assign(world.account().tags, tags);
    await world.live(HOUR);
    const { fingerprint = '' } = (await world.record()).active ?? {};
    const at = world.time.now();
    await world.records.acknowledge(world.id(), { subscriber: 'shop', fingerprint, at });
    await world.records.setHold(world.id(), { actor: 'grace', comment: 'freeze', until: null });
    const before = await world.everythingSaid();
    const preview = await previewKeyless(world.id(), world.dependencies());
    expect(preview).toMatchObject({
      permitted: true,
      customSubdomain: true,
      keyUsers: [{ subscriber: 'shop', fingerprint, at }],
      overlapMs: HOUR,
    });
    expect(preview.breaks[0]).toContain('shop');
    const waits = preview.waitsFor.join('; ');
    expect(waits).toContain('grace');
    expect(waits).toContain('acknowledgement of shop');
    expect(await world.everythingSaid()).toBe(before);
  });

  test('leaves out who has not said a word for a period', async () => {
    const world = await idleWorld();
    const at = world.time.now() - 31 * DAY;
    await world.records.acknowledge(world.id(), { subscriber: 'shop', fingerprint: 'f', at });
    const { keyUsers } = await previewKeyless(world.id(), world.dependencies());
    expect(keyUsers).toEqual([]);
  });
});

describe('a request', () => {
  test('is refused where the deployment does not permit it', async () => {
    const world = await idleWorld();
    const { deployment, ...others } = world.dependencies();
    const dependencies = { ...others, deployment: { ...deployment, allowKeyless: false } };
    const { confirm, permitted } = await previewKeyless(world.id(), dependencies);
    expect(permitted).toBe(false);
    const asked = requestKeyless(world.id(), 'keyless-1', { ...ASKED, confirm }, dependencies);
    await expect(asked).rejects.toEqual(refusal('keylessNotPermitted'));
    expect(await openRequests(world)).toBe(0);
  });

  test('is refused when what it would break has changed since the preview', async () => {
    const world = await idleWorld();
    const { confirm } = await previewKeyless(world.id(), world.dependencies());
    const { fingerprint = '' } = (await world.record()).active ?? {};
    const at = world.time.now();
    await world.records.acknowledge(world.id(), { subscriber: 'shop', fingerprint, at });
    const asked = requestKeyless(world.id(), 'k', { ...ASKED, confirm }, world.dependencies());
    await expect(asked).rejects.toEqual(refusal('previewOutdated'));
  });

  test('that comes again changes nothing; a second one is refused', async () => {
    const world = await idleWorld();
    await ask(world);
    await ask(world);
    expect(await openRequests(world)).toBe(1);
    await expect(ask(world, 'keyless-2')).rejects.toEqual(refusal('underWay'));
  });

  test('is refused for an account that takes no keys already', async () => {
    const world = await idleWorld();
    world.azure.accounts.update(world.id(), { disableLocalAuth: true });
    await world.live(HOUR);
    await expect(ask(world)).rejects.toEqual(refusal('notRotatable'));
  });
});
