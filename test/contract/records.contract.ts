import { beforeEach, describe, expect, it } from 'vitest';
import type { Acknowledgement, RotationRequest } from '../../shared/core/observation.ts';
import type { RotationRecord } from '../../shared/core/record.ts';
import { freshRecord } from '../../shared/core/transitions.ts';
import type { HistoryEntry, Records, StoredRecord } from '../../shared/service/recordPorts.ts';
import type { AccountStatus, Statuses } from '../../shared/service/statusPorts.ts';

/** A pair of stores with nothing in them. */
export interface Stores {
  readonly records: Records;
  readonly statuses: Statuses;
}

export const ACCOUNT =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/demo (a.b)/providers/microsoft.cognitiveservices/accounts/lang';
const OTHER = ACCOUNT.replace('lang', 'lang-2');

export function givenRecord(changes: Partial<RotationRecord> = {}): RotationRecord {
  return { ...freshRecord(ACCOUNT, 0), ...changes };
}

export function givenEntry(at: number, message: string): HistoryEntry {
  return {
    at,
    reason: 'Due',
    message,
    phase: 'idle',
    rotationId: null,
    requestId: null,
    cause: null,
    slot: null,
    fingerprint: null,
    actor: 'demo',
    outcome: 'noted',
    durationMs: 1,
  };
}

function givenRequest(id: string): RotationRequest {
  return {
    id,
    kind: 'manual',
    createdAt: 1,
    actor: 'ann',
    comment: '',
    fingerprints: [],
    overlapMs: 0,
    overrideHold: false,
    users: [],
    rotationId: null,
  };
}

function givenAck(at: number, fingerprint = '0123456789ab', subscriber = 'shop'): Acknowledgement {
  return { subscriber, fingerprint, at };
}

/** A status, looked at long ago. */
export function givenStatus(changes: Partial<AccountStatus> = {}): AccountStatus {
  return {
    accountId: ACCOUNT,
    name: 'lang',
    kind: 'TextAnalytics',
    phase: 'overlap',
    cause: null,
    rotationId: null,
    activeSlot: 'Key1',
    fingerprint: '0123456789ab',
    publishedAt: 1,
    staleFingerprint: null,
    retireAt: null,
    secretUrl: null,
    lastRotationId: null,
    reason: 'NotDue',
    message: '',
    attention: false,
    nextCheckAt: 1_800_000_000_000,
    nextStepAt: null,
    dueAt: null,
    trouble: null,
    workedAt: {},
    lookedAt: 1,
    policy: null,
    missingSubscribers: [],
    keyless: false,
    networkRestricted: null,
    customSubdomain: true,
    updatedAt: 1,
    ...changes,
  };
}

/** Everything that a stream gives. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** The promises of the ports `Records` and `Statuses`, whatever keeps them. */
export function describeRecordsContract(name: string, givenStores: () => Promise<Stores>): void {
  let records: Records;
  let statuses: Statuses;

  beforeEach(async () => {
    ({ records, statuses } = await givenStores());
  });

  async function stored(): Promise<StoredRecord | null> {
    return (await records.read(ACCOUNT)).stored;
  }

  async function messages(limit: number, continuation?: string) {
    const page = await records.history(ACCOUNT, limit, continuation);
    return { messages: page.entries.map(({ message }) => message), next: page.continuation };
  }

  describe(`records in ${name}`, () => {
    it('are empty before the first write', async () => {
      expect(await records.read(ACCOUNT)).toEqual({
        stored: null,
        requests: [],
        holds: [],
        acknowledgements: [],
      });
      expect(await messages(10)).toEqual({ messages: [], next: undefined });
    });

    it('are read back as written, with the etag of the write', async () => {
      const record = givenRecord({ setbacks: 3, superseded: ['v1'] });
      const etag = await records.write(record, null, []);
      expect(await stored()).toEqual({ record, etag });
      expect((await records.read(OTHER)).stored).toBeNull();
    });

    it('let one of two first writers through', async () => {
      const writes = await Promise.all(
        [1, 2].map((setbacks) => records.write(givenRecord({ setbacks }), null, [])),
      );
      expect(writes.filter((etag) => etag !== undefined)).toHaveLength(1);
    });

    it('refuse a first write when there is a record', async () => {
      const etag = await records.write(givenRecord({ setbacks: 1 }), null, []);
      expect(await records.write(givenRecord({ setbacks: 2 }), null, [])).toBeUndefined();
      expect(await stored()).toMatchObject({ record: { setbacks: 1 }, etag });
    });

    it('let one of two writers of the same state through, with its history alone', async () => {
      const etag = (await records.write(givenRecord(), null, [])) ?? null;
      const writes = await Promise.all(
        [1, 2].map((setbacks) =>
          records.write(givenRecord({ setbacks }), etag, [givenEntry(setbacks, `${setbacks}`)]),
        ),
      );
      const winner = writes.findIndex((each) => each !== undefined) + 1;
      expect(writes.filter((each) => each !== undefined)).toHaveLength(1);
      expect((await stored())?.record.setbacks).toBe(winner);
      expect((await messages(10)).messages).toEqual([`${winner}`]);
    });

    it('refuse a state that was left behind', async () => {
      const first = (await records.write(givenRecord(), null, [])) ?? null;
      const second = await records.write(givenRecord({ setbacks: 1 }), first, []);
      expect(second).not.toBe(first);
      expect(await records.write(givenRecord({ setbacks: 2 }), first, [])).toBeUndefined();
      expect(await stored()).toMatchObject({ record: { setbacks: 1 }, etag: second });
    });

    it('refuse a state of a record that is not there', async () => {
      const etag = (await records.write(givenRecord({ accountId: OTHER }), null, [])) ?? null;
      expect(await records.write(givenRecord(), etag, [])).toBeUndefined();
      expect(await stored()).toBeNull();
    });

    it('give the history newest first, in pages', async () => {
      const etag = (await records.write(givenRecord(), null, [givenEntry(1, 'a')])) ?? null;
      await records.write(givenRecord(), etag, [givenEntry(9, 'b'), givenEntry(9, 'c')]);
      expect(await messages(10)).toEqual({ messages: ['c', 'b', 'a'], next: undefined });
      const first = await messages(2);
      expect(first.messages).toEqual(['c', 'b']);
      expect(await messages(2, first.next)).toEqual({ messages: ['a'], next: undefined });
    });
  });

  describe(`what people and apps write to ${name}`, () => {
    it('leaves the record and its etag alone', async () => {
      const etag = await records.write(givenRecord(), null, []);
      await records.addRequest(ACCOUNT, givenRequest('r1'));
      await records.setHold(ACCOUNT, { actor: 'ann', comment: '', until: null });
      await records.acknowledge(ACCOUNT, givenAck(1));
      expect((await stored())?.etag).toBe(etag);
    });

    it('is read with the hold for all accounts, or without', async () => {
      const hold = { actor: 'ann', comment: '', until: null };
      await records.setHold(ACCOUNT, hold);
      await records.setHold(null, { ...hold, actor: 'bob' });
      const own = { ...hold, scope: 'account' };
      const ofAll = { ...hold, actor: 'bob', scope: 'all' };
      expect((await records.readOwn(ACCOUNT)).holds).toEqual([own]);
      expect((await records.read(ACCOUNT)).holds).toEqual([own, ofAll]);
    });

    it('keeps the first of two requests with one id, and removes it twice', async () => {
      await records.addRequest(ACCOUNT, givenRequest('r1'));
      await records.addRequest(ACCOUNT, { ...givenRequest('r1'), actor: 'bob' });
      await records.addRequest(ACCOUNT, givenRequest('r2'));
      const { requests } = await records.read(ACCOUNT);
      expect(requests).toEqual([givenRequest('r1'), givenRequest('r2')]);
      await records.removeRequest(ACCOUNT, 'r1');
      await records.removeRequest(ACCOUNT, 'r1');
      expect((await records.read(ACCOUNT)).requests).toEqual([givenRequest('r2')]);
    });

    it('knows a request by its receipt, even after it was removed', async () => {
      expect(await records.readReceipt(ACCOUNT, 'r1')).toBeNull();
      const receipt = await records.addRequest(ACCOUNT, givenRequest('r1'), 'digest');
      expect(receipt).toMatchObject({ id: 'r1', kind: 'manual', actor: 'ann', digest: 'digest' });
      await records.removeRequest(ACCOUNT, 'r1');
      const again = { ...givenRequest('r1'), actor: 'bob' };
      expect(await records.addRequest(ACCOUNT, again, 'other')).toEqual(receipt);
      expect((await records.read(ACCOUNT)).requests).toEqual([]);
      expect(await records.readReceipt(ACCOUNT, 'r1')).toEqual(receipt);
      expect((await messages(10)).messages).toEqual([]);
    });

    it('forgets a request that is withdrawn', async () => {
      await records.addRequest(ACCOUNT, givenRequest('r1'));
      await records.withdrawRequest(ACCOUNT, 'r1');
      await records.withdrawRequest(ACCOUNT, 'r1');
      expect((await records.read(ACCOUNT)).requests).toEqual([]);
      expect(await records.readReceipt(ACCOUNT, 'r1')).toBeNull();
    });

    it('appends to the history', async () => {
      await records.append(ACCOUNT, givenEntry(1, 'a'));
      await records.append(ACCOUNT, givenEntry(2, 'b'));
      expect((await messages(10)).messages).toEqual(['b', 'a']);
    });

    it('keeps the history of all accounts apart, in pages of its own', async () => {
      for (const at of [1, 2, 3]) {
        await records.append(null, { ...givenEntry(at, `all ${at}`), phase: null });
      }
      await records.append(ACCOUNT, givenEntry(4, 'own'));
      const first = await records.history(null, 2);
      expect(first.entries.map(({ message }) => message)).toEqual(['all 3', 'all 2']);
      const rest = await records.history(null, 2, first.continuation);
      expect(rest).toMatchObject({ entries: [{ message: 'all 1', phase: null }] });
      expect(rest.continuation).toBeUndefined();
      expect((await messages(10)).messages).toEqual(['own']);
    });

    it.each(['abc', '', 'bnVsbA=='])(
      'know no place %j where a page of history ended',
      async (text) => {
        await expect(messages(2, text)).rejects.toMatchObject({
          name: 'Failure',
          kind: 'notFound',
        });
      },
    );

    it('holds one account, or all', async () => {
      const own = { actor: 'ann', comment: 'audit', until: 7 };
      const ofAll = { actor: 'bob', comment: 'freeze', until: null };
      await records.setHold(ACCOUNT, own);
      await records.setHold(null, ofAll);
      expect(await records.readHold(ACCOUNT)).toEqual(own);
      expect(await records.readHold(null)).toEqual(ofAll);
      expect(await records.readHold(OTHER)).toBeNull();
      expect([...(await records.ownHolds())]).toEqual([[ACCOUNT, own]]);
      const scoped = { ...ofAll, scope: 'all' };
      expect((await records.read(ACCOUNT)).holds).toEqual([{ ...own, scope: 'account' }, scoped]);
      expect((await records.read(OTHER)).holds).toEqual([scoped]);
      await records.setHold(ACCOUNT, null);
      await records.setHold(null, null);
      await records.setHold(null, null);
      expect([...(await records.ownHolds())]).toEqual([]);
      expect((await records.read(ACCOUNT)).holds).toEqual([]);
    });

    it('keeps a late acknowledgement of an old key beside that of the new one', async () => {
      await records.acknowledge(ACCOUNT, givenAck(2, 'bbbbbbbbbbbb'));
      await records.acknowledge(ACCOUNT, givenAck(3, 'aaaaaaaaaaaa'));
      await records.acknowledge(ACCOUNT, givenAck(3, 'aaaaaaaaaaaa'));
      const { acknowledgements } = await records.read(ACCOUNT);
      expect(acknowledgements).toHaveLength(2);
    });

    it("forgets a subscriber's oldest acknowledgements, and nobody else's", async () => {
      await records.acknowledge(ACCOUNT, givenAck(0, 'aaaaaaaaaaaa', 'other'));
      for (const at of [1, 2, 3, 4, 5]) {
        await records.acknowledge(ACCOUNT, givenAck(at, String(at).repeat(12)));
      }
      const { acknowledgements } = await records.read(ACCOUNT);
      expect(acknowledgements.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual([
        0, 2, 3, 4, 5,
      ]);
    });
  });

  const scheduled = (now: number) => all(statuses.scheduled(now));

  describe(`statuses in ${name}`, () => {
    it('are replaced whole, and listed', async () => {
      expect(await statuses.get(ACCOUNT)).toBeNull();
      await statuses.put(givenStatus({ message: 'before', cause: 'drift' }));
      await statuses.put(givenStatus({ message: 'after' }));
      await statuses.put(givenStatus({ accountId: OTHER }));
      expect(await statuses.get(ACCOUNT)).toEqual(givenStatus({ message: 'after' }));
      const listed = new Set<string>();
      for await (const { accountId } of statuses.list()) listed.add(accountId);
      expect(listed).toEqual(new Set([ACCOUNT, OTHER]));
    });

    it('change their next check alone, until the next pass says another', async () => {
      await statuses.setNextCheck(ACCOUNT, 0);
      expect(await statuses.get(ACCOUNT)).toBeNull();
      await statuses.put(givenStatus());
      await statuses.setNextCheck(ACCOUNT, 5);
      expect(await statuses.get(ACCOUNT)).toEqual(givenStatus({ nextCheckAt: 5 }));
      await statuses.put(givenStatus({ nextCheckAt: 9 }));
      expect(await statuses.get(ACCOUNT)).toEqual(givenStatus({ nextCheckAt: 9 }));
    });

    it('are given to the scheduler when they are due, watched, admitted, or not written yet', async () => {
      const [due, underWay, waiting, troubled, admitted, fresh] = [
        'a',
        'b',
        'c',
        'd',
        'e',
        'f',
      ].map((name) => `${ACCOUNT}-${name}`) as [string, string, string, string, string, string];
      const NOW = 1_800_000_000_000;
      const idle = { phase: 'idle', nextCheckAt: NOW + 1 } as const;
      const trouble = { call: 'topic', kind: 'timeout', at: 1, since: 1 } as const;
      await statuses.put(givenStatus({ ...idle }));
      await statuses.put(givenStatus({ ...idle, accountId: due, nextCheckAt: NOW }));
      await statuses.put(givenStatus({ accountId: underWay, nextCheckAt: NOW + 1 }));
      await statuses.put(givenStatus({ ...idle, accountId: waiting, reason: 'FleetLimit' }));
      await statuses.put(givenStatus({ ...idle, accountId: troubled, trouble }));
      await statuses.put(givenStatus({ ...idle, accountId: admitted }));
      await statuses.schedule([
        { accountId: admitted, nextCheckAt: NOW + 2, admittedUntil: NOW + 3 },
        { accountId: fresh, nextCheckAt: NOW, seen: 'as-it-is' },
      ]);
      const rows = await scheduled(NOW);
      expect(rows).toHaveLength(6);
      expect(new Set(rows.map(({ accountId }) => accountId))).toEqual(
        new Set([due, underWay, waiting, troubled, admitted, fresh]),
      );
      expect(rows.find(({ accountId }) => accountId === fresh)).toMatchObject({
        status: null,
        nextCheckAt: NOW,
        admittedUntil: 0,
      });
      expect(rows.find(({ accountId }) => accountId === troubled)?.status?.trouble).toEqual(
        trouble,
      );
      expect(await statuses.get(fresh)).toBeNull();
      // An admission stays until it is over, whatever passes say.
      await statuses.put(givenStatus({ ...idle, accountId: admitted, nextCheckAt: NOW + 9 }));
      expect((await scheduled(NOW)).find(({ accountId }) => accountId === admitted)).toMatchObject({
        nextCheckAt: NOW + 9,
        admittedUntil: NOW + 3,
      });
    });

    it('tell the scheduler that a person asked, until a pass has seen it', async () => {
      await statuses.put(givenStatus());
      await statuses.setNextCheck(ACCOUNT, 5, 'asked');
      await statuses.setNextCheck(ACCOUNT, 6);
      expect(await scheduled(7)).toMatchObject([{ asked: true, nextCheckAt: 6 }]);
      await statuses.put(givenStatus({ nextCheckAt: 7 }));
      expect(await scheduled(7)).toMatchObject([{ asked: false }]);
    });

    it('remember what discovery saw, by subscription', async () => {
      const elsewhere = ACCOUNT.replace('/subscriptions/', '/subscriptions/1');
      await statuses.schedule([{ accountId: ACCOUNT, nextCheckAt: 1, seen: 'one' }]);
      await statuses.put(givenStatus());
      await statuses.schedule([{ accountId: elsewhere, nextCheckAt: 1, seen: 'other' }]);
      const seen = async () => all(statuses.seenIn(ACCOUNT.split('/')[2] ?? ''));
      expect(await seen()).toEqual([{ accountId: ACCOUNT, seen: 'one' }]);
      await statuses.schedule([{ accountId: ACCOUNT, nextCheckAt: 1, seen: null }]);
      expect(await seen()).toEqual([{ accountId: ACCOUNT, seen: null }]);
    });

    it('are found by when a pass looked', async () => {
      await statuses.put(givenStatus({ lookedAt: 1_800_000_000_000 }));
      await statuses.put(givenStatus({ accountId: OTHER, lookedAt: 900_000_000_000 }));
      const since = async (time: number) => (await all(statuses.lookedAtSince(time))).length;
      const found = [900_000_000_000, 900_000_000_001, 1_800_000_000_001].map(since);
      expect(await Promise.all(found)).toEqual([2, 1, 0]);
    });

    it('remember when each call last worked, whatever a later pass was about', async () => {
      const workedAt = async () => (await statuses.get(ACCOUNT))?.workedAt;
      await statuses.put(givenStatus({ workedAt: { 'vault-change': 5, 'arm-read': 5, topic: 5 } }));
      await statuses.put(givenStatus({ workedAt: { 'arm-read': 7 } }));
      const expected = { 'vault-change': 5, 'arm-read': 7, topic: 5 };
      expect(await workedAt()).toEqual(expected);
      await statuses.schedule([{ accountId: ACCOUNT, nextCheckAt: 9 }]);
      expect(await workedAt()).toEqual(expected);
      expect((await all(statuses.lookedAtSince(0)))[0]?.workedAt).toEqual(expected);
    });

    it('let one tick at a time admit', async () => {
      const both = await Promise.all([statuses.claimTick(5, 10), statuses.claimTick(5, 10)]);
      expect(both.toSorted()).toEqual([false, true]);
      expect(await statuses.claimTick(9, 12)).toBe(false);
      expect(await statuses.claimTick(10, 20)).toBe(true);
      // The tick before was slow: what it had is another's by now.
      await statuses.releaseTick(10);
      expect(await statuses.claimTick(11, 21)).toBe(false);
      await statuses.releaseTick(20);
      expect(await statuses.claimTick(11, 21)).toBe(true);
    });

    it('keep brakes, each write on the state that it was made of', async () => {
      const state = { id: 'topic', call: 'topic', scope: null, brake: null, clearedAt: 7 } as const;
      expect(await statuses.brakes()).toEqual([]);
      expect(await statuses.writeBrake(state, null)).toBe(true);
      expect(await statuses.writeBrake(state, null)).toBe(false);
      const [found] = await statuses.brakes();
      expect(found?.state).toEqual(state);
      const brake = { kind: 'timeout', accounts: 5, since: 1, lastFailureAt: 2 } as const;
      const next = { ...state, brake: { ...brake, endsAt: 3, trialAt: 4 } };
      expect(await statuses.writeBrake(next, found?.etag ?? '')).toBe(true);
      expect(await statuses.writeBrake(state, found?.etag ?? '')).toBe(false);
      expect((await statuses.brakes())[0]?.state).toEqual(next);
    });

    it('remember the last tick', async () => {
      expect(await statuses.readTick()).toEqual({ at: null, discoveredAt: null, missed: [] });
      const tick = { at: 7, discoveredAt: null, missed: ['a-subscription'] };
      await statuses.writeTick(tick);
      expect(await statuses.readTick()).toEqual(tick);
    });
  });

  describe(`claims on a secret in ${name}`, () => {
    const SECRET = 'https://vault.example/secrets/shared';

    it('are not made by asking for the owner', async () => {
      expect(await statuses.secretOwner(SECRET, ACCOUNT)).toBe(ACCOUNT);
      expect(await statuses.secretOwner(SECRET, OTHER)).toBe(OTHER);
    });

    it('go to the first that asks', async () => {
      const asked = await Promise.all(
        [ACCOUNT, OTHER].map((id) => statuses.claimSecret(SECRET, id)),
      );
      expect(new Set(asked).size).toBe(1);
      expect(await statuses.claimSecret(SECRET, ACCOUNT)).toBe(asked[0]);
      expect(await statuses.claimSecret(SECRET, OTHER)).toBe(asked[0]);
    });

    it.each([
      ['uses the secret', { secretUrl: SECRET }, ACCOUNT],
      ['has not said', { secretUrl: null }, ACCOUNT],
      ['uses another secret', { secretUrl: `${SECRET}-2` }, OTHER],
      ['is gone', { reason: 'AccountMissing' }, OTHER],
    ] as const)('while the owner %s', async (_, changes, owner) => {
      await statuses.claimSecret(SECRET, ACCOUNT);
      await statuses.put(givenStatus(changes));
      expect(await statuses.secretOwner(SECRET, OTHER)).toBe(owner);
      expect(await statuses.claimSecret(SECRET, OTHER)).toBe(owner);
      expect(await statuses.claimSecret(SECRET, OTHER)).toBe(owner);
    });

    it('tell who uses a secret, and so does a note, which counts more', async () => {
      expect(await statuses.secretUser(SECRET)).toBeUndefined();
      await statuses.claimSecret(SECRET, ACCOUNT);
      expect(await statuses.secretUser(SECRET.toUpperCase())).toBe(ACCOUNT);
      await statuses.noteSecretUser(SECRET, OTHER);
      await statuses.noteSecretUser(SECRET.toUpperCase(), `${OTHER}-3`);
      expect(await statuses.secretUser(SECRET)).toBe(`${OTHER}-3`);
      expect(await statuses.secretOwner(SECRET, OTHER)).toBe(ACCOUNT);
    });

    it('go to one of two that ask when the owner has left', async () => {
      await statuses.claimSecret(SECRET, ACCOUNT);
      await statuses.put(givenStatus({ reason: 'AccountMissing' }));
      const asked = await Promise.all(
        [OTHER, `${OTHER}-3`].map((id) => statuses.claimSecret(SECRET, id)),
      );
      expect(new Set(asked).size).toBe(1);
      expect(asked).not.toContain(ACCOUNT);
    });
  });
}
