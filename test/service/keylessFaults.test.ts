import { describe, expect, test } from 'vitest';
import { Failure } from '../../shared/core/failures.ts';
import { acknowledge } from '../../shared/service/operations/acknowledgements.ts';
import { followRotation } from '../../shared/service/operations/follow.ts';
import {
  previewKeyless,
  requestKeyless,
  withdrawKeyless,
} from '../../shared/service/operations/keyless.ts';
import { requestCompromised, requestRotation } from '../../shared/service/operations/requests.ts';
import { ASKED, ask, refusal } from './keylessScene.ts';
import { idleWorld, SHORT } from './scenarios.ts';
import { DAY, HOUR, MINUTE, World } from './world.ts';

function takeBack(world: World): Promise<void> {
  return withdrawKeyless(world.id(), { actor: 'grace', comment: 'not yet' }, world.dependencies());
}

/** A world whose keys have just been switched off, and whose data plane says `verdict` to them. */
async function switchedOff(verdict: string): Promise<World> {
  const world = await idleWorld();
  await ask(world);
  world.intercept = (call, proceed) =>
    call === 'prober.probe' && world.account().disableLocalAuth
      ? Promise.resolve(verdict)
      : proceed();
  while (!world.account().disableLocalAuth) await world.live(MINUTE);
  return world;
}

describe('taking the end of keys back', () => {
  test('is refused once they are off, and the end is told', async () => {
    const world = await switchedOff('unknown');
    await expect(takeBack(world)).rejects.toEqual(refusal('keysBeingSwitchedOff'));
    world.intercept = undefined;
    await world.live(DAY);
    expect(world.events.at(-1)?.id).toBe('keyless-1:KeyRetired');
  });

  test.each(['before', 'after'])(
    '%s the pass looks at the request again, either works or is refused',
    async (when) => {
      const world = await idleWorld();
      await ask(world);
      let answer: string | undefined;
      const place = when === 'before' ? 'records.write' : 'accounts.disableKeys';
      world.intercept = (call, proceed) => {
        if (call !== place || answer !== undefined) return proceed();
        return world.records.read(world.id()).then(({ stored }) => {
          if (
            when === 'before' &&
            (stored?.record.phase !== 'idle' || !stored.record.lastRotation)
          ) {
            return proceed();
          }
          answer = 'asked';
          return takeBack(world).then(
            () => {
              answer = 'taken back';
              return proceed();
            },
            () => {
              answer = 'refused';
              return proceed();
            },
          );
        });
      };
      await world.live(DAY);
      expect(answer).not.toBe('asked');
      expect(world.account().disableLocalAuth).toBe(answer === 'refused');
      const { state } = await followRotation(world.id(), 'keyless-1', world.dependencies());
      expect(state).toBe(answer === 'refused' ? 'done' : 'refused');
    },
  );
});

describe('a switch', () => {
  test('is followed up although the record cannot be read right after it', async () => {
    const world = await idleWorld();
    await ask(world);
    let failed = false;
    world.intercept = (call, proceed) => {
      if (call !== 'records.readOwn' || failed || !world.account().disableLocalAuth)
        return proceed();
      failed = true;
      return Promise.reject(new Failure('unavailable', 'records.readOwn: 503'));
    };
    while (!world.account().disableLocalAuth) await world.live(MINUTE);
    await world.live(10 * MINUTE);
    expect(failed).toBe(true);
    expect(world.events.at(-1)?.id).toBe('keyless-1:KeyRetired');
  });

  test('that is refused does not end the rotation of keys, nor hold a request up', async () => {
    const world = await idleWorld({ ...SHORT, 'key-rotation-period': 'P3D' });
    await ask(world);
    world.azure.faults.add({
      service: 'arm',
      operation: 'updateAccount',
      fault: { kind: 'status', status: 403 },
    });
    await world.live(4 * HOUR);
    await requestRotation(world.id(), 'manual-1', ASKED, world.dependencies());
    await world.live(4 * DAY);
    const age = world.time.now() - ((await world.record()).active?.createdAt ?? 0);
    expect(age).toBeLessThan(3 * DAY + HOUR);
    const { state } = await followRotation(world.id(), 'manual-1', world.dependencies());
    expect(state).toBe('done');
    expect(await world.status()).toMatchObject({ reason: 'CallFailed', attention: true });
  });

  test('that was taken and has no effect is not repeated at once, and people hear of it', async () => {
    const world = await idleWorld();
    await ask(world);
    let calls = 0;
    world.intercept = (call, proceed) => {
      if (call !== 'accounts.disableKeys') return proceed();
      calls += 1;
      return Promise.resolve({ kind: 'done', value: undefined });
    };
    await world.live(6 * HOUR);
    expect(calls).toBeGreaterThan(1);
    expect(calls).toBeLessThan(25);
    expect(await world.status()).toMatchObject({ reason: 'CallFailed', attention: true });
    const failed = world.events.filter(({ type }) => type === 'Twinkey.RotationFailed.v1');
    expect(failed).toHaveLength(1);
  });

  test('that a person turns back is not turned again', async () => {
    const world = await switchedOff('accepted');
    await world.live(2 * MINUTE);
    world.azure.accounts.update(world.id(), { disableLocalAuth: false });
    world.intercept = undefined;
    await world.live(DAY);
    expect(world.account().disableLocalAuth).toBe(false);
    expect(world.newest()?.enabled).toBe(true);
    const { state } = await followRotation(world.id(), 'keyless-1', world.dependencies());
    expect(state).toBe('refused');
  });

  test('waits while an app says that it uses the new key of whom nobody knew', async () => {
    const world = await idleWorld();
    const tags = { 'key-rotation-subscribers': 'shop', 'key-rotation-ack': 'required' };
    Object.assign(world.account().tags, { ...SHORT, ...tags });
    await world.live(HOUR);
    expect((await ask(world)).keyUsers).toEqual([]);
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    const { fingerprint = '' } = (await world.record()).active ?? {};
    const said = { subscriber: 'shop', fingerprint };
    await acknowledge(world.id(), said, 'shop', world.dependencies());
    await world.live(DAY);
    expect(world.account().disableLocalAuth).toBe(false);
    expect(await world.status()).toMatchObject({ reason: 'KeysStillUsed', attention: true });
    await takeBack(world);
    expect((await ask(world, 'keyless-2')).keyUsers).toMatchObject([{ subscriber: 'shop' }]);
    await world.live(4 * HOUR);
    const renewed = (await world.record()).active?.fingerprint ?? '';
    await acknowledge(world.id(), { ...said, fingerprint: renewed }, 'shop', world.dependencies());
    await world.live(DAY);
    expect(world.account().disableLocalAuth).toBe(true);
  });

  test('is not turned once the deployment does not permit it any more', async () => {
    const world = await idleWorld();
    await ask(world);
    const dependencies = world.dependencies.bind(world);
    world.dependencies = (overrides = {}) => {
      const all = dependencies(overrides);
      return { ...all, deployment: { ...all.deployment, allowKeyless: false } };
    };
    await world.live(DAY);
    expect(world.account().disableLocalAuth).toBe(false);
    const { state } = await followRotation(world.id(), 'keyless-1', dependencies());
    expect(state).toBe('refused');
  });
});

describe('a leak', () => {
  test('that is declared before somebody switches keys off for a while is answered after it', async () => {
    const world = await idleWorld();
    const slot = world.activeSlot() ?? 'Key1';
    const leaked = world.newest()?.value;
    const leak = { ...ASKED, slot: undefined, overlapMs: 5 * MINUTE, overrideHold: false };
    await requestCompromised(world.id(), 'leak-1', leak, world.dependencies());
    world.azure.accounts.update(world.id(), { disableLocalAuth: true });
    await world.live(20 * MINUTE);
    world.azure.accounts.update(world.id(), { disableLocalAuth: false });
    await world.live(DAY);
    expect(world.account().keys.value(slot)).not.toBe(leaked);
    expect(world.violations).toEqual([]);
  });
});

describe('a preview', () => {
  test('names who acknowledged the key that is active, however long ago', async () => {
    const world = await idleWorld({ ...SHORT, 'key-rotation-period': 'P2D' });
    const { fingerprint = '' } = (await world.record()).active ?? {};
    const at = world.time.now();
    await world.records.acknowledge(world.id(), { subscriber: 'shop', fingerprint, at });
    await world.records.setHold(world.id(), { actor: 'grace', comment: 'freeze', until: null });
    await world.live(4 * DAY);
    const { keyUsers } = await previewKeyless(world.id(), world.dependencies());
    expect(keyUsers.map(({ subscriber }) => subscriber)).toEqual(['shop']);
  });

  test('of one account confirms nothing of another', async () => {
    const world = new World({ accounts: [{ name: 'language' }, { name: 'speech' }] });
    await world.live(HOUR);
    const previews = await Promise.all(
      ['language', 'speech'].map((name) => previewKeyless(world.id(name), world.dependencies())),
    );
    expect(new Set(previews.map(({ confirm }) => confirm)).size).toBe(2);
  });
});

test('of several who ask at once, one is answered', async () => {
  const world = await idleWorld();
  const { confirm } = await previewKeyless(world.id(), world.dependencies());
  const asked = { ...ASKED, confirm };
  const answers = await Promise.allSettled(
    ['keyless-1', 'keyless-2', 'keyless-3'].map((id) =>
      requestKeyless(world.id(), id, asked, world.dependencies()),
    ),
  );
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await world.live(DAY);
  const ends = world.events.filter(({ id }) => /^keyless-\d:KeyRetired$/.test(id));
  expect(ends).toHaveLength(1);
});
