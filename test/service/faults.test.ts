import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../local/azure/index.ts';
import { outage } from '../../local/azure/index.ts';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import type { EventDataOf, RotationEventData } from '../../shared/core/events.ts';
import { runPass } from '../../shared/service/pass.ts';
import { idleWorld, other, overlapWorld } from './scenarios.ts';
import { Crash, DAY, fingerprintOf, HOUR, MINUTE, SECOND, type World } from './world.ts';

async function rotateUnder(world: World, ...faults: FaultRule[]): Promise<void> {
  const before = world.account().keys.regenerations.length;
  world.azure.faults.set(faults);
  await world.request({ kind: 'manual' });
  await world.liveUntil(
    ({ phase }) => phase === 'idle' && world.account().keys.regenerations.length > before + 1,
    6 * HOUR,
  );
}

const regenerate = { service: 'arm', operation: 'regenerateKey' } as const;
function isAnnouncement({ event }: { readonly event: CloudEvent }): boolean {
  return event.type === 'Twinkey.KeyActivated.v1';
}

function dataOf(event: CloudEvent | undefined): RotationEventData {
  if (!event) throw new Error('no such event');
  return event['data'] as RotationEventData;
}

const setSecret = { service: 'vault', operation: 'setSecret' } as const;

describe('a regenerate whose answer is lost', () => {
  test('is seen by its new value, and the slot is published only after its quarantine', async () => {
    const world = await idleWorld();
    await rotateUnder(world, { ...regenerate, times: 1, fault: { kind: 'loseResponse' } });
    const [, standby, stale] = world.account().keys.regenerations;
    const published = (world.newest()?.created ?? 0) * SECOND;
    expect(published - (standby?.at ?? 0)).toBeGreaterThanOrEqual(14 * MINUTE);
    expect(world.account().keys.regenerations).toHaveLength(3);
    expect(stale?.slot).not.toBe(standby?.slot);
    expect(world.violations).toEqual([]);
  });

  test('is not sent again when it takes effect minutes after its time-out', async () => {
    const world = await idleWorld();
    const late = { kind: 'lateEffect', afterMs: 5 * MINUTE } as const;
    await rotateUnder(world, { ...regenerate, times: 1, fault: late });
    expect(world.account().keys.regenerations).toHaveLength(3);
    expect(world.violations).toEqual([]);
  });

  test('is sent again after its quarantine when it never took effect', async () => {
    const world = await idleWorld();
    await rotateUnder(world, { ...regenerate, times: 1, fault: { kind: 'drop' } });
    const [, standby] = world.account().keys.regenerations;
    const attempts = world.azure.log.entries.filter((each) => each.operation === 'regenerateKey');
    const dropped = attempts.find(({ end }) => end === 'dropped');
    expect((standby?.at ?? 0) - (dropped?.at ?? 0)).toBeGreaterThanOrEqual(14 * MINUTE);
    expect(world.violations).toEqual([]);
  });

  test('is harmless for the stale key too', async () => {
    const world = await idleWorld();
    await rotateUnder(world, { ...regenerate, skip: 1, times: 1, fault: { kind: 'loseResponse' } });
    expect(world.account().keys.regenerations).toHaveLength(3);
    expect((await world.record()).lastRotation?.confirmedDead).toBe(true);
    expect(world.violations).toEqual([]);
  });
});

describe('a regenerate that answers with the old value', () => {
  test('is not believed: the slot stays in quarantine', async () => {
    const world = await idleWorld();
    const standby = world.activeSlot() === 'Key1' ? 'Key2' : 'Key1';
    const { accounts } = world.dependencies();
    world.intercept = (call, proceed) =>
      call === 'accounts.regenerateKey'
        ? accounts.listKeys(world.id()).then((value) => ({ kind: 'done', value }))
        : proceed();
    await world.request({ kind: 'manual' });
    await world.live(2 * MINUTE);
    world.intercept = undefined;
    const { phase, quarantine } = await world.record();
    expect(phase).toBe('regeneratingStandby');
    expect(quarantine[standby]).toBeGreaterThan(world.time.now());
    expect((await world.status()).reason).toBe('InQuarantine');
  });
});

describe('a publish whose answer is lost', () => {
  test('is found in the vault, and adopted as what it is', async () => {
    const world = await idleWorld();
    await rotateUnder(world, { ...setSecret, times: 1, fault: { kind: 'loseResponse' } });
    expect(world.vault.peek('language-key')).toHaveLength(2);
    expect((await world.record()).lastRotation?.cause).toBe('manual');
    expect(world.violations).toEqual([]);
  });

  test('is repeated after its quarantine when it never took effect', async () => {
    const world = await idleWorld();
    await rotateUnder(world, { ...setSecret, times: 1, fault: { kind: 'drop' } });
    expect(world.vault.peek('language-key')).toHaveLength(2);
    const dropped = world.azure.log.entries.find(({ end }) => end === 'dropped');
    const published = (world.newest()?.created ?? 0) * SECOND;
    expect(published - (dropped?.at ?? 0)).toBeGreaterThanOrEqual(14 * MINUTE);
    expect(world.violations).toEqual([]);
  });

  test('leads to an overlap when it takes effect minutes later', async () => {
    const world = await idleWorld();
    const late = { kind: 'lateEffect', afterMs: 5 * MINUTE } as const;
    await rotateUnder(world, { ...setSecret, times: 1, fault: late });
    const [, , stale] = world.account().keys.regenerations;
    expect((stale?.at ?? 0) - (world.newest()?.created ?? 0) * SECOND).toBeGreaterThanOrEqual(HOUR);
    expect(world.violations).toEqual([]);
  });
});

describe('a call that is not permitted', () => {
  test.each([
    ['regenerateKey', 'regeneratingStandby'],
    ['setSecret', 'publishing'],
  ])('%s: the status says what came back, and a person is told once', async (operation, phase) => {
    const world = await idleWorld();
    world.azure.faults.set([{ operation, fault: { kind: 'status', status: 403 } }]);
    await world.request({ kind: 'manual' });
    await world.live(3 * HOUR);
    expect((await world.record()).phase).toBe(phase);
    expect(await world.status()).toMatchObject({ reason: 'CallFailed', attention: true });
    expect((await world.status()).message).toContain('403');
    const failed = world.events.filter(({ type }) => type.includes('RotationFailed'));
    expect(failed).toHaveLength(1);
    world.azure.faults.clear();
    await world.liveUntil(({ phase: now }) => now === 'overlap', HOUR);
    expect(world.violations).toEqual([]);
  });
});

describe('the last look before a regenerate', () => {
  /** A person acts when the intent of the first regenerate is written, before the vault is looked at. */
  function meddleAfterIntent(world: World, meddle: () => void): () => boolean {
    let intended = false;
    world.intercept = (call, proceed) => (call === 'records.write' ? look(proceed) : proceed());
    const look = async (proceed: () => unknown) => {
      const answer = await proceed();
      const { stored } = await world.records.read(world.id());
      if (!intended && stored?.record.intent) {
        intended = true;
        meddle();
      }
      return answer;
    };
    return () => intended;
  }

  test('sees a version that was set since the observation, and nothing is sent', async () => {
    const world = await idleWorld();
    const standby = world.activeSlot() === 'Key1' ? 'Key2' : 'Key1';
    const { tags } = world.newest() ?? {};
    const hasMeddled = meddleAfterIntent(world, () =>
      world.vault.set('language-key', world.account().keys.value(standby), { tags: tags ?? {} }),
    );
    const before = world.account().keys.regenerations.length;
    await world.request({ kind: 'manual' });
    await world.live(30 * MINUTE);
    expect(hasMeddled()).toBe(true);
    expect(world.account().keys.regenerations).toHaveLength(before);
    expect(world.activeSlot()).toBe(standby);
    expect(world.violations).toEqual([]);
  });

  test('sees that the newest version was disabled since: no app could read a new key', async () => {
    const world = await idleWorld();
    const { version = '' } = world.newest() ?? {};
    const hasMeddled = meddleAfterIntent(world, () =>
      world.vault.update('language-key', version, { enabled: false }),
    );
    const before = world.account().keys.regenerations.length;
    await world.request({ kind: 'manual' });
    await world.live(30 * MINUTE);
    expect(hasMeddled()).toBe(true);
    expect(world.account().keys.regenerations).toHaveLength(before);
    expect(await world.status()).toMatchObject({ reason: 'SecretDisabled' });
    world.vault.update('language-key', version, { enabled: true });
    await world.liveUntil(({ phase }) => phase === 'overlap', DAY);
    expect(world.violations).toEqual([]);
  });
});

describe('reading back what was published', () => {
  test('finds a key that was regenerated meanwhile, and announces only the one that heals it', async () => {
    const world = await idleWorld();
    let meddled = false;
    world.intercept = (call, proceed) =>
      call === 'secrets.publish' && !meddled ? meddle(proceed) : proceed();
    const meddle = async (proceed: () => unknown) => {
      meddled = true;
      const answer = await proceed();
      world.regenerateByHand(world.activeSlot() ?? 'Key1');
      return answer;
    };
    const announced = () => world.events.filter(({ type }) => type.includes('KeyActivated'));
    const before = announced().length;
    await world.request({ kind: 'manual' });
    await world.live(MINUTE);
    expect(meddled).toBe(true);
    const active = fingerprintOf(world.account(), world.activeSlot() ?? 'Key1');
    const told = announced()
      .slice(before)
      .map(({ data }) => (data as RotationEventData).fingerprint);
    expect(told).toEqual([active]);
  });
});

describe('an answer that says no', () => {
  test('is definite: throttled calls are tried again after the asked wait, without quarantine', async () => {
    const world = await idleWorld();
    const throttled = { kind: 'status', status: 429, retryAfterSeconds: 120 } as const;
    const startedAt = world.time.now();
    await rotateUnder(world, { ...regenerate, times: 1, fault: throttled });
    const [, standby] = world.account().keys.regenerations;
    expect((standby?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(2 * MINUTE);
    expect((standby?.at ?? 0) - startedAt).toBeLessThan(10 * MINUTE);
    const history = (await world.history()).map(({ reason }) => reason);
    expect(history).not.toContain('InQuarantine');
  });
});

describe('an outage', () => {
  test.each(['arm', 'vault'] as const)(
    'of %s for a day touches no key and says why; then everything goes on',
    async (service) => {
      const world = await idleWorld();
      const lift = world.azure.faults.add(outage(service));
      const before = world.account().keys.regenerations.length;
      await world.request({ kind: 'manual' });
      await world.live(DAY);
      expect(world.account().keys.regenerations).toHaveLength(before);
      expect(await world.status()).toMatchObject({ reason: 'ObservationIncomplete' });
      expect((await world.status()).message).toContain('No key is touched');
      lift();
      await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
      expect(world.violations).toEqual([]);
    },
  );

  test.each(['arm', 'vault'] as const)(
    'of %s: an account that is not under way is looked at ever less often, and begins when it can be read again',
    async (service) => {
      const world = await idleWorld();
      const { dueAt } = await world.status();
      await world.live((dueAt ?? 0) - 2 * HOUR - world.time.now());
      const lift = world.azure.faults.add(outage(service));
      const looks = () => world.azure.log.count({ operation: 'getAccount' });
      const before = looks();
      // 1, 1, 2, 4, 8 and then 15 minutes apart, and no sooner once its rotation is due.
      await world.live(4 * HOUR);
      expect(looks() - before).toBeLessThanOrEqual(22);
      expect((await world.status()).reason).toBe('ObservationIncomplete');
      lift();
      await world.live(17 * MINUTE);
      expect((await world.record()).phase).not.toBe('idle');
      expect(world.violations).toEqual([]);
    },
  );

  test.each(['arm', 'vault'] as const)(
    'of %s: the end of an overlap is not slept through, and tried each minute from then on',
    async (service) => {
      const world = await overlapWorld();
      const { retireAt } = await world.record();
      const lift = world.azure.faults.add(outage(service));
      await world.live((retireAt ?? 0) + 45 * MINUTE - world.time.now());
      const before = world.azure.log.count({ operation: 'getAccount' });
      await world.live(30 * MINUTE);
      const looks = world.azure.log.count({ operation: 'getAccount' }) - before;
      expect(looks).toBeGreaterThanOrEqual(30);
      lift();
      await world.live(2 * MINUTE);
      expect((await world.record()).phase).toBe('idle');
    },
  );

  test('of the vault: what somebody asks for is tried each minute', async () => {
    const world = await idleWorld();
    const lift = world.azure.faults.add(outage('vault'));
    await world.live(2 * HOUR);
    await world.request({ kind: 'manual' });
    await world.live(HOUR + 5 * MINUTE);
    lift();
    await world.live(2 * MINUTE);
    expect((await world.record()).phase).not.toBe('idle');
  });

  test('of Event Grid keeps the overlap from counting: the stale key stays until apps were told', async () => {
    const world = await idleWorld();
    const lift = world.azure.faults.add(outage('eventgrid'));
    const { regenerations } = world.account().keys;
    const before = regenerations.length;
    await world.request({ kind: 'manual' });
    await world.live(2 * DAY);
    expect(regenerations).toHaveLength(before + 1);
    expect((await world.record()).phase).toBe('overlap');
    expect((await world.status()).reason).toBe('AnnouncementPending');
    lift();
    const liftedAt = world.time.now();
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect((regenerations.at(-1)?.at ?? 0) - liftedAt).toBeGreaterThanOrEqual(HOUR);
    expect(world.events.filter(({ type }) => type.includes('KeyActivated')).length).toBe(2);
  });

  test('of Event Grid loses no event, and no key lives longer for it once apps were told', async () => {
    const world = await overlapWorld();
    const retireAt = (await world.record()).retireAt ?? 0;
    const { regenerations } = world.account().keys;
    const before = regenerations.length;
    const lift = world.azure.faults.add(outage('eventgrid'));
    await world.live(DAY);
    expect(regenerations).toHaveLength(before + 1);
    expect(regenerations.at(-1)?.at).toBeLessThanOrEqual(retireAt + 2 * MINUTE);
    expect((await world.record()).phase).toBe('regeneratingStale');
    lift();
    await world.liveUntil(({ phase }) => phase === 'idle', HOUR);
    expect(world.events.at(-1)).toMatchObject({ type: 'Twinkey.KeyRetired.v1' });
    expect(world.violations).toEqual([]);
  });

  test('of Event Grid does not keep a key that came late from being verified and published', async () => {
    const world = await idleWorld();
    const recovered = world.azure.faults.add(outage('data'));
    const lift = world.azure.faults.add(outage('eventgrid'));
    await world.request({ kind: 'manual' });
    await world.live(2 * HOUR);
    expect((await world.record()).phase).toBe('verifying');
    recovered();
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    lift();
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    expect(world.violations).toEqual([]);
  });

  test('of Event Grid while a key is late delays the report of it, and no more', async () => {
    const world = await idleWorld();
    world.azure.faults.add(outage('data'));
    const lift = world.azure.faults.add(outage('eventgrid'));
    await world.request({ kind: 'manual' });
    await world.live(2 * HOUR);
    lift();
    await world.live(HOUR);
    const failed = world.events.filter(({ type }) => type.includes('RotationFailed'));
    expect(failed.map(({ data }) => data)).toMatchObject([{ reason: 'VerificationOverdue' }]);
  });

  test('of the data plane keeps a new key from being published', async () => {
    const world = await idleWorld();
    const lift = world.azure.faults.add(outage('data'));
    await world.request({ kind: 'manual' });
    await world.live(2 * HOUR);
    expect((await world.record()).phase).toBe('verifying');
    expect(world.vault.peek('language-key')).toHaveLength(1);
    expect(await world.status()).toMatchObject({ reason: 'VerificationOverdue', attention: true });
    const failed = world.events.filter(({ type }) => type.includes('RotationFailed'));
    expect(failed.map(({ data }) => data)).toMatchObject([{ reason: 'VerificationOverdue' }]);
    lift();
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    expect(world.violations).toEqual([]);
  });
});

describe('an old value that is accepted after its end', () => {
  test('is told of by event, history and log, and the rotation is over', async () => {
    const world = await idleWorld();
    await world.request({ kind: 'manual' });
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    world.intercept = (call, proceed) => {
      return call === 'prober.probe' ? Promise.resolve('accepted') : proceed();
    };
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    const reason = 'StaleKeyStillAccepted';
    const failed = world.events.filter(({ type }) => type.includes('RotationFailed'));
    expect(failed.map(({ data }) => data)).toMatchObject([{ reason }]);
    const lines = (await world.history()).filter((line) => line.reason === reason);
    const stale = world.account().keys.regenerations.at(-1)?.slot;
    expect(lines).toMatchObject([{ slot: stale, outcome: 'noted' }]);
    const said = world.telemetry.filter((entry) => entry.reason === reason);
    const data = { accountName: 'language', cause: 'manual', phase: 'regeneratingStale' };
    expect(said).toMatchObject([{ name: 'step', level: 'warn', accountId: world.id(), data }]);
    expect((await world.record()).lastRotation?.confirmedDead).toBe(false);
    expect(world.violations).toEqual([]);
  });
});

describe('an announcement', () => {
  test('of a worker that stood still since its claim promises no end later than the one that another told', async () => {
    const world = await idleWorld();
    const lift = world.azure.faults.add(outage('eventgrid'));
    await world.request({ kind: 'manual' });
    await world.liveUntil(({ trouble }) => trouble?.telling === true, HOUR);
    lift();
    world.time.advance(10 * MINUTE);
    let wake = () => {};
    let frozen = false;
    world.intercept = (call, proceed) => {
      const answer = proceed();
      if (call !== 'records.write' || frozen) return answer;
      frozen = true;
      return new Promise((resolve) => {
        wake = () => resolve(answer);
      });
    };
    const late = runPass(world.id(), world.dependencies());
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    await world.live(30 * MINUTE);
    expect(frozen).toBe(true);
    const before = world.azure.topic.accepted.filter(isAnnouncement).length;
    wake();
    await world.run(late);
    const [copy] = world.azure.topic.accepted.filter(isAnnouncement).slice(before);
    if (!copy) throw new Error('no copy was sent');
    const { previous } = copy.event['data'] as EventDataOf<'Twinkey.KeyActivated.v1'>;
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    const retired = world.account().keys.regenerations.at(-1)?.at ?? 0;
    expect(Date.parse(previous.validUntil)).toBeLessThanOrEqual(retired);
  });

  test('whose answer is lost is sent again as a copy, and the overlap counts from the later one', async () => {
    const world = await idleWorld();
    const announced = () => world.azure.topic.accepted.filter(isAnnouncement);
    const before = announced().length;
    const lost = { kind: 'loseResponse' } as const;
    world.azure.faults.set([{ service: 'eventgrid', times: 3, fault: lost }]);
    await world.request({ kind: 'manual' });
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    const copies = announced().slice(before);
    expect(copies).toHaveLength(4);
    expect(new Set(copies.map(({ event }) => `${event.source} ${event.id}`)).size).toBe(1);
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    const retired = world.account().keys.regenerations.at(-1)?.at ?? 0;
    expect(retired - (copies.at(-1)?.at ?? 0)).toBeGreaterThanOrEqual(HOUR);
    for (const { event } of copies) {
      const { previous } = event['data'] as EventDataOf<'Twinkey.KeyActivated.v1'>;
      expect(Date.parse(previous.validUntil)).toBeLessThanOrEqual(retired);
    }
  });

  test('after which the worker dies is sent again as a copy', async () => {
    const world = await idleWorld();
    const announced = () => world.azure.topic.accepted.filter(isAnnouncement);
    const before = announced().length;
    let died = false;
    world.intercept = (call, proceed) => {
      if (call !== 'events.send' || died) return proceed();
      died = true;
      return Promise.resolve(proceed()).then(() => {
        throw new Crash('after the announcement');
      });
    };
    await world.request({ kind: 'manual' });
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    const ids = announced().slice(before);
    expect(ids.map(({ event }) => event.id)).toEqual([ids[0]?.event.id, ids[0]?.event.id]);
    expect((await world.record()).announcedAt).toBeGreaterThanOrEqual(ids[1]?.at ?? 0);
  });

  test('from a record without a stale key names what the other slot holds', async () => {
    const world = await idleWorld();
    const lift = world.azure.faults.add(outage('eventgrid'));
    await world.request({ kind: 'manual' });
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    const { stored } = await world.records.read(world.id());
    if (!stored) throw new Error('no record');
    await world.records.write({ ...stored.record, stale: null }, stored.etag, []);
    lift();
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    const slot = other(world.activeSlot());
    expect(dataOf(world.azure.topic.accepted.findLast(isAnnouncement)?.event)).toMatchObject({
      previous: { slot, fingerprint: fingerprintOf(world.account(), slot) },
    });
  });

  test('after a lost record is no copy: apps that know the key acknowledge it again', async () => {
    const world = await idleWorld();
    const first = world.azure.topic.accepted.findLast(isAnnouncement)?.event;
    world.records.loseRecord(world.id());
    await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
    const again = world.azure.topic.accepted.findLast(isAnnouncement)?.event;
    const { fingerprint } = dataOf(first);
    expect(dataOf(again)).toMatchObject({ fingerprint });
    expect(again?.id).not.toBe(first?.id);
    // What was under way is not known: no time is promised to the other key.
    const { validUntil } = dataOf(again).previous ?? {};
    expect(validUntil && Date.parse(validUntil)).toBe(Date.parse(`${again?.['time']}`));
  });
});

describe('a topic that refuses every event', () => {
  const forbidden = {
    service: 'eventgrid',
    fault: { kind: 'status', status: 403 },
  } as const;

  test('needs a person, and keeps the overlap from counting', async () => {
    const world = await idleWorld();
    const { regenerations } = world.account().keys;
    world.azure.faults.add(forbidden);
    await world.request({ kind: 'manual' });
    await world.live(DAY);
    expect(await world.status()).toMatchObject({ reason: 'AnnouncementPending', attention: true });
    expect((await world.status()).message).toContain('403');
    expect(regenerations).toHaveLength(2);
  });

  test('keeps no stale key alive that apps were told of', async () => {
    const world = await overlapWorld();
    const retireAt = (await world.record()).retireAt ?? 0;
    const { regenerations } = world.account().keys;
    const before = regenerations.length;
    world.azure.faults.add(forbidden);
    await world.live(45 * MINUTE);
    expect(await world.status()).toMatchObject({ reason: 'InOverlap', attention: true });
    await world.live(HOUR);
    expect(regenerations).toHaveLength(before + 1);
    expect(regenerations.at(-1)?.at).toBeLessThanOrEqual(retireAt + 2 * MINUTE);
  });

  test('keeps no leaked key alive beyond the granted overlap', async () => {
    const world = await idleWorld();
    const leaked = fingerprintOf(world.account(), world.activeSlot() ?? 'Key1');
    world.azure.faults.add(forbidden);
    await world.request({ kind: 'compromised', fingerprints: [leaked], overlapMs: 5 * MINUTE });
    await world.live(10 * MINUTE);
    const { keys } = world.account();
    const live = (['Key1', 'Key2'] as const).map((slot) => fingerprintOf(world.account(), slot));
    expect(live).not.toContain(leaked);
    const [published, gone] = keys.regenerations.slice(-2);
    expect((gone?.at ?? 0) - (published?.at ?? 0)).toBeLessThanOrEqual(7 * MINUTE);
    expect(world.violations).toEqual([]);
  });

  test('does not keep a call that failed from being tried again', async () => {
    const world = await idleWorld();
    world.azure.faults.add(forbidden);
    const lift = world.azure.faults.add({ ...regenerate, fault: { kind: 'status', status: 403 } });
    await world.request({ kind: 'manual' });
    await world.live(3 * HOUR);
    lift();
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
  });
});

describe('a stale read of the vault', () => {
  test('is recognised by the versions known before, and nothing is concluded from it', async () => {
    const world = await idleWorld();
    await world.request({ kind: 'manual' });
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    const lift = world.azure.faults.add({ service: 'vault', fault: { kind: 'staleRead' } });
    const regenerated = world.account().keys.regenerations.length;
    await world.live(3 * HOUR);
    expect((await world.status()).reason).toBe('VaultBehind');
    expect(world.account().keys.regenerations).toHaveLength(regenerated);
    lift();
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect(world.violations).toEqual([]);
  });
});

describe('two workers on one account', () => {
  test('regenerate each slot once', async () => {
    const world = await idleWorld();
    await world.request({ kind: 'manual' });
    world.azure.faults.add({ fault: { kind: 'latency', ms: 700 } });
    const passes = [1, 2, 3].map(() => runPass(world.id(), world.dependencies()));
    await world.run(Promise.all(passes));
    expect(world.account().keys.regenerations).toHaveLength(2);
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    expect(world.account().keys.regenerations).toHaveLength(3);
    expect(world.violations).toEqual([]);
  });

  test.each([
    ['accounts.regenerateKey', 1],
    ['secrets.publish', 1],
    ['records.write', 1],
    ['records.write', 2],
    ['records.write', 4],
  ])(
    'of which one is frozen before %s (number %i) and woken much later, change everything once',
    async (frozenCall, number) => {
      const world = await idleWorld();
      await world.request({ kind: 'manual' });
      let wake = () => {};
      let frozen = false;
      let calls = 0;
      world.intercept = (call, proceed) => {
        if (call === frozenCall) calls += 1;
        if (calls < number || frozen) return proceed();
        frozen = true;
        return new Promise((resolve) => {
          wake = () => resolve(proceed());
        });
      };
      const first = runPass(world.id(), world.dependencies());
      await world.live(10 * MINUTE);
      expect(frozen).toBe(true);
      const versions = world.vault.peek('language-key').length;
      const regenerated = world.account().keys.regenerations.length;
      wake();
      await world.run(first);
      expect(world.vault.peek('language-key')).toHaveLength(versions);
      expect(world.account().keys.regenerations).toHaveLength(regenerated);
      await world.liveUntil(
        ({ phase, lastRotation }) => phase === 'idle' && lastRotation?.cause === 'manual',
        6 * HOUR,
      );
      expect(world.account().keys.regenerations).toHaveLength(3);
      expect(world.violations).toEqual([]);
    },
  );

  test.each(['prober.probe', 'secrets.disableOlder'])(
    'of which one is frozen at the end of a rotation, before %s, and woken after the next publish, disables nothing new',
    async (frozenCall) => {
      const world = await overlapWorld();
      let wake = () => {};
      let frozen = false;
      world.intercept = (call, proceed) => {
        if (call !== frozenCall || frozen) return proceed();
        frozen = true;
        return new Promise((resolve) => {
          wake = () => resolve(proceed());
        });
      };
      world.time.advance(HOUR + MINUTE);
      const first = runPass(world.id(), world.dependencies());
      await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
      expect(frozen).toBe(true);
      await world.request({ kind: 'manual' });
      await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
      wake();
      await world.run(first);
      expect(world.newest()?.enabled).toBe(true);
      expect(world.violations).toEqual([]);
    },
  );
});
