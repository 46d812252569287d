import { describe, expect, test } from 'vitest';
import { MemoryStatuses } from '../../local/memory/statuses.ts';
import { acknowledge } from '../../shared/service/operations/acknowledgements.ts';
import { followRotation } from '../../shared/service/operations/follow.ts';
import { wholeHistory } from '../../shared/service/operations/history.ts';
import { holdsOfAll, placeHold, releaseHold } from '../../shared/service/operations/holds.ts';
import { inspectAccount } from '../../shared/service/operations/inspect.ts';
import { planAccounts } from '../../shared/service/operations/plan.ts';
import {
  type Compromise,
  requestCompromised,
  requestRollback,
  requestRotation,
} from '../../shared/service/operations/requests.ts';
import type { AccountRows } from '../../shared/service/recordPorts.ts';
import type { Statuses } from '../../shared/service/statusPorts.ts';
import { idleWorld, SHORT } from './scenarios.ts';
import { DAY, fingerprintOf, HOUR, MINUTE, World } from './world.ts';

const ASKED = { actor: 'ada', comment: 'audit' };
const LEAK: Compromise = { ...ASKED, slot: undefined, overlapMs: 0, overrideHold: false };
async function overlapWorld(tags?: Record<string, string>): Promise<World> {
  const world = await idleWorld(tags);
  await requestRotation(world.id(), 'rotation-1', ASKED, world.dependencies());
  await world.liveUntil(({ announcedAt }) => announcedAt !== null, HOUR);
  return world;
}

/** An account in the overlap of a rotation that nobody asked for. */
async function scheduledOverlap(): Promise<World> {
  const world = new World({ accounts: [{ name: 'language', tags: SHORT }] });
  await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
  return world;
}

function refusal(kind: string) {
  return expect.objectContaining({ refusal: expect.objectContaining({ kind }) });
}

async function requestsOf(world: World) {
  return (await world.records.read(world.id())).requests;
}

describe('a request to rotate', () => {
  test('that two make at once is taken from one of them', async () => {
    const world = await idleWorld();
    const answers = await Promise.allSettled(
      ['request-b', 'request-a', 'request-c'].map((id) =>
        requestRotation(world.id(), id, ASKED, world.dependencies()),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await requestsOf(world)).map(({ id }) => id)).toEqual(['request-a']);
    const made = (await world.history()).filter(({ reason }) => reason === 'RequestMade');
    expect(made).toMatchObject([{ requestId: 'request-a', message: 'manual: audit' }]);
    // What was withdrawn may come again later, under the same id.
    expect(await world.records.readReceipt(world.id(), 'request-b')).toBeNull();
  });

  test('is known for good: with the same content it changes nothing, with another it is refused', async () => {
    const world = await overlapWorld();
    const again = (comment: string) =>
      requestRotation(world.id(), 'rotation-1', { ...ASKED, comment }, world.dependencies());
    await again(ASKED.comment);
    await expect(again('another')).rejects.toEqual(refusal('idReused'));
    await world.liveUntil(({ phase }) => phase === 'idle', 3 * HOUR);
    await again(ASKED.comment);
    expect(await requestsOf(world)).toEqual([]);
  });

  test('sent twice at once is taken once, even if a rotation runs before the second is looked at', async () => {
    const world = await idleWorld();
    const ask = () => requestRotation(world.id(), 'rotation-1', ASKED, world.dependencies());
    const otherFirst = async (found: unknown) => {
      await ask();
      await world.liveUntil(({ rotation }) => rotation?.id === 'rotation-1', HOUR);
      return found;
    };
    world.intercept = (call, proceed) => {
      if (call !== 'records.readReceipt') return proceed();
      world.intercept = undefined;
      return Promise.resolve(proceed()).then(otherFirst);
    };
    await ask();
    const made = (await world.history()).filter(({ reason }) => reason === 'RequestMade');
    expect(made).toHaveLength(1);
  });

  test.each([
    ['the last rotation', () => idleWorld(), 'lastRotation'],
    ['the rotation under way', scheduledOverlap, 'rotation'],
  ] as const)('is refused under the id of %s, which nobody gave', async (_, given, which) => {
    const world = await given();
    const id = (await world.record())[which]?.id ?? '';
    const steps = (await world.history()).length;
    const manual = requestRotation(world.id(), id, ASKED, world.dependencies());
    await expect(manual).rejects.toEqual(refusal('idReused'));
    const leak = requestCompromised(world.id(), id, LEAK, world.dependencies());
    await expect(leak).rejects.toEqual(refusal('idReused'));
    expect(await requestsOf(world)).toEqual([]);
    expect(await world.history()).toHaveLength(steps);
  });

  test('is refused while a rotation is under way', async () => {
    const world = await overlapWorld();
    const other = requestRotation(world.id(), 'rotation-2', ASKED, world.dependencies());
    await expect(other).rejects.toEqual(refusal('underWay'));
    expect(await requestsOf(world)).toEqual([]);
  });
});

test('a request that a pass cannot answer says what it waits for', async () => {
  const world = await idleWorld();
  await world.records.setHold(world.id(), { actor: 'ada', comment: 'freeze', until: null });
  await world.live(2 * MINUTE);
  await requestRotation(world.id(), 'rotation-1', ASKED, world.dependencies());
  const follow = () => followRotation(world.id(), 'rotation-1', world.dependencies());
  expect(await follow()).toMatchObject({ state: 'requested', waitsFor: null });
  await world.live(5 * MINUTE);
  const { message } = await world.status();
  expect(message).toContain('ada');
  expect(await follow()).toMatchObject({
    state: 'requested',
    waitsFor: { reason: 'Held', message },
  });
  await world.records.setHold(world.id(), null);
  await world.live(DAY);
  expect(await follow()).toMatchObject({ state: 'done', waitsFor: null });
});

describe('a compromised key', () => {
  test.each([
    ['the active one, when nothing is said', undefined, ['active']],
    ['both', 'both', ['active', 'standby']],
  ] as const)('is %s', async (_, slot, expected) => {
    const world = await idleWorld();
    const active = world.activeSlot() ?? 'Key1';
    const standby = active === 'Key1' ? 'Key2' : 'Key1';
    const prints = {
      active: fingerprintOf(world.account(), active),
      standby: fingerprintOf(world.account(), standby),
    };
    await requestCompromised(world.id(), 'leak-1', { ...LEAK, slot }, world.dependencies());
    const [request] = await requestsOf(world);
    expect(request?.fingerprints.toSorted()).toEqual(expected.map((one) => prints[one]).toSorted());
  });

  test('is followed by its request, whatever id its rotation has', async () => {
    const world = await idleWorld();
    const leak = { ...LEAK, slot: 'both', overlapMs: 10 * MINUTE } as const;
    await requestCompromised(world.id(), 'leak-1', leak, world.dependencies());
    const follow = () => followRotation(world.id(), 'leak-1', world.dependencies());
    expect(await follow()).toMatchObject({
      state: 'requested',
      cause: 'compromised',
      steps: [
        {
          reason: 'RequestMade',
          actor: 'ada',
          message: 'compromised: audit',
          cause: 'compromised',
        },
      ],
    });
    await world.liveUntil(({ phase }) => phase === 'overlap', HOUR);
    expect((await follow()).state).toBe('running');
    await world.live(2 * HOUR);
    const { steps, ...followed } = await follow();
    const closedAt = steps.at(-1)?.at;
    expect(followed).toMatchObject({ state: 'done', actor: 'ada', confirmedDead: true, closedAt });
    const reasons = steps.map(({ reason }) => reason);
    expect(reasons).toEqual(
      expect.arrayContaining(['Publishing', 'RequestDone', 'ConfirmingRetirement']),
    );
    expect(world.violations).toEqual([]);
  });

  test.each([
    ['five minutes', DAY, 5 * MINUTE],
    ['the period where that is shorter', 2 * MINUTE, 2 * MINUTE],
  ])('grants apps %s when the operator names no time', async (_, periodMs, expected) => {
    const world = await idleWorld();
    const status = await world.status();
    if (!status.policy) throw new Error('no policy');
    await world.statuses.put({ ...status, policy: { ...status.policy, periodMs } });
    const leak = { ...LEAK, overlapMs: undefined };
    await requestCompromised(world.id(), 'leak-1', leak, world.dependencies());
    expect(await requestsOf(world)).toMatchObject([{ overlapMs: expected }]);
  });

  test('gets no overlap longer than the period', async () => {
    const world = await idleWorld();
    const leak = { ...LEAK, overlapMs: 31 * DAY };
    const asked = requestCompromised(world.id(), 'leak-1', leak, world.dependencies());
    await expect(asked).rejects.toEqual(refusal('overlapTooLong'));
  });
});

describe('a rollback', () => {
  test('is refused when the previous key was regenerated by hand', async () => {
    const world = await overlapWorld();
    const standby = world.activeSlot() === 'Key1' ? 'Key2' : 'Key1';
    world.regenerateByHand(standby);
    const asked = requestRollback(world.id(), 'rotation-1', 'undo-1', ASKED, world.dependencies());
    await expect(asked).rejects.toEqual(refusal('rollbackImpossible'));
  });

  test('that comes too late for the pass is shown as refused', async () => {
    const world = await overlapWorld();
    await requestRollback(world.id(), 'rotation-1', 'undo-1', ASKED, world.dependencies());
    const standby = world.activeSlot() === 'Key1' ? 'Key2' : 'Key1';
    world.regenerateByHand(standby);
    await world.live(10 * MINUTE);
    const followed = await followRotation(world.id(), 'undo-1', world.dependencies());
    expect(followed).toMatchObject({ state: 'refused', cause: 'rollback', comment: 'audit' });
    expect(followed.steps.at(-1)?.message).toContain('previous key is gone');
  });
});

describe('a hold', () => {
  test('that is released lets what it held up go on at once', async () => {
    const world = await idleWorld();
    const hold = { actor: 'ada', comment: 'freeze', until: null };
    await placeHold(null, hold, world.dependencies());
    await requestRotation(world.id(), 'rotation-1', ASKED, world.dependencies());
    await world.live(MINUTE);
    expect((await world.status()).reason).toBe('Held');
    const asked = { actor: 'ada', comment: undefined };
    const release = () => releaseHold(null, asked, world.dependencies());
    expect(await release()).toEqual({ released: true, still: null, due: [world.id()] });
    expect((await world.status()).nextCheckAt).toBe(world.time.now());
    expect(await release()).toEqual({ released: false, still: null, due: [] });
    const { entries } = await wholeHistory(null, undefined, world.dependencies());
    expect(entries).toMatchObject([
      { reason: 'HoldReleased', actor: 'ada', message: 'the hold was: freeze', phase: null },
      { reason: 'HoldPlaced', actor: 'ada', message: 'freeze (until released)', phase: null },
    ]);
    const own = await wholeHistory(world.id(), undefined, world.dependencies());
    expect(own.entries.map(({ reason }) => reason)).not.toContain('HoldPlaced');
  });

  test('that takes the place of another says whose, and why there was one', async () => {
    const world = await idleWorld();
    const place = (actor: string, comment: string) =>
      placeHold(world.id(), { actor, comment, until: null }, world.dependencies());
    await place('ada', 'the launch');
    await place('bob', 'an audit');
    const { entries } = await wholeHistory(world.id(), undefined, world.dependencies());
    const message = "an audit (until released, in place of ada's: the launch)";
    expect(entries[0]).toMatchObject({ reason: 'HoldPlaced', actor: 'bob', message });
  });

  test('of one account is shown beside the one for all, the longer one first', async () => {
    const world = await idleWorld();
    const now = world.time.now();
    const place = (accountId: string | null, until: number | null) =>
      placeHold(accountId, { actor: 'ada', comment: 'x', until }, world.dependencies());
    const scopes = async () =>
      (await inspectAccount(world.id(), world.dependencies())).holds.map(({ scope }) => scope);
    /** Where the list and the plan show a hold over what would come, and of which scope. */
    const listed = async () => {
      const page = { limit: 1, after: '', until: now + 1_000 * DAY };
      const [planned] = (await planAccounts(page, world.dependencies())).steps;
      expect(planned?.step).toMatchObject({ do: 'wait', reason: 'NotDue' });
      const hold = (await holdsOfAll(world.dependencies()))(world.id());
      return [hold, planned?.hold].flatMap((each) => each?.scope ?? []);
    };
    await place(world.id(), now + MINUTE);
    expect(await listed()).toEqual(['account', 'account']);
    await place(null, now + HOUR);
    expect(await scopes()).toEqual(['all', 'account']);
    expect(await listed()).toEqual(['all', 'all']);
    await place(world.id(), null);
    expect(await scopes()).toEqual(['account', 'all']);
    expect(await listed()).toEqual(['account', 'account']);
    const release = (comment?: string) =>
      releaseHold(world.id(), { actor: 'bob', comment }, world.dependencies());
    const released = await release('the launch is over');
    expect(released).toMatchObject({ released: true, still: { scope: 'all', until: now + HOUR } });
    await world.live(HOUR);
    expect(await scopes()).toEqual([]);
    expect(await release()).toEqual({ released: false, still: null, due: [] });
    expect(await listed()).toEqual([]);
    const [line] = (await wholeHistory(world.id(), undefined, world.dependencies())).entries;
    const message = 'the launch is over (the hold was: x)';
    expect(line).toMatchObject({ reason: 'HoldReleased', actor: 'bob', message });
  });
});

describe('an acknowledgement', () => {
  test('of the last that was missing makes the account due', async () => {
    const world = await overlapWorld({ ...SHORT, 'key-rotation-subscribers': 'shop,mail' });
    const { fingerprint = '' } = (await world.record()).active ?? {};
    const say = (subscriber: string) =>
      acknowledge(world.id(), { subscriber, fingerprint }, 'ada', world.dependencies());
    expect(await say('shop')).toEqual({ missingSubscribers: ['mail'], due: false });
    expect(await say('mail')).toEqual({ missingSubscribers: [], due: true });
    expect(await say('mail')).toEqual({ missingSubscribers: [], due: false });
    const { entries } = await wholeHistory(world.id(), 'rotation-1', world.dependencies());
    expect(entries.filter(({ reason }) => reason === 'Acknowledged')).toHaveLength(2);
  });

  describe('of an app that the policy lists', () => {
    async function given() {
      const world = await overlapWorld({ ...SHORT, 'key-rotation-subscribers': 'shop' });
      const { fingerprint = '' } = (await world.record()).active ?? {};
      const said = { subscriber: 'shop', fingerprint };
      const say = (statuses: Statuses = world.statuses) =>
        acknowledge(world.id(), said, 'ada', { ...world.dependencies(), statuses });
      return { world, say };
    }

    test('is to be sent again where the last pass could not read the policy', async () => {
      const { world, say } = await given();
      const status = await world.status();
      await world.statuses.put({ ...status, policy: null, reason: 'ObservationIncomplete' });
      await expect(say()).rejects.toMatchObject({ kind: 'unavailable', retriable: true });
      await world.statuses.put(status);
      expect(await say()).toMatchObject({ missingSubscribers: [] });
    });

    test('is to be sent again where the first pass has left no status yet', async () => {
      const { say } = await given();
      await expect(say(new MemoryStatuses())).rejects.toMatchObject({
        kind: 'unavailable',
        retriable: true,
      });
    });

    test('is refused where nothing is rotated', async () => {
      const { world, say } = await given();
      await world.statuses.put({
        ...(await world.status()),
        ...{ policy: null, reason: 'PolicyInvalid' },
      });
      await expect(say()).rejects.toEqual(refusal('notSubscribed'));
    });
  });

  test('for an account that the service does not know is refused', async () => {
    const world = await idleWorld();
    const said = { subscriber: 'shop', fingerprint: '0123456789ab' };
    const nowhere = acknowledge(`${world.id()}-2`, said, 'ada', world.dependencies());
    await expect(nowhere).rejects.toEqual(refusal('unknownAccount'));
  });
});

describe('the plan', () => {
  test('says when the next rotation is due, and changes nothing', async () => {
    const world = await idleWorld();
    const said = async (): Promise<[string, AccountRows]> => [
      await world.everythingSaid(),
      await world.records.read(world.id()),
    ];
    const before = await said();
    const page = { limit: 10, after: '', until: Number.POSITIVE_INFINITY };
    const { steps, next } = await planAccounts(page, world.dependencies());
    expect(next).toBeUndefined();
    expect(steps).toMatchObject([{ name: 'language', step: { do: 'wait', reason: 'NotDue' } }]);
    expect(steps[0]?.at).toBe((await world.status()).nextStepAt);
    const soon = await planAccounts({ ...page, until: world.time.now() }, world.dependencies());
    expect(soon.steps).toEqual([]);
    expect(await said()).toEqual(before);
  });

  test('claims no secret for an account that has none yet', async () => {
    const world = new World({ accounts: [{ name: 'language' }] });
    const status = { ...(await (await idleWorld()).status()), accountId: world.id() };
    await world.statuses.put(status);
    const page = { limit: 10, after: '', until: Number.POSITIVE_INFINITY };
    const { steps } = await planAccounts(page, world.dependencies());
    expect(steps[0]?.step.do).not.toBe('wait');
    const secret = 'https://main.vault.azure.net/secrets/language-key';
    expect(await world.statuses.secretOwner(secret, '/another')).toBe('/another');
  });
});
