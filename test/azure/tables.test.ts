import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Azurite, startAzurite } from '../../local/azurite.ts';
import { TableRecords } from '../../shared/azure/records.ts';
import { TableStatuses } from '../../shared/azure/statuses.ts';
import type { TableOptions } from '../../shared/azure/tables.ts';
import {
  ACCOUNT,
  all,
  describeRecordsContract,
  givenEntry,
  givenRecord,
  givenStatus,
} from '../contract/records.contract.ts';
import { startLossyProxy } from './lossyProxy.ts';

let azurite: Azurite;
let stores = 0;

beforeAll(async () => {
  azurite = await startAzurite();
});

afterAll(() => azurite.stop());

function tableOptions(): TableOptions {
  return {
    storage: { connectionString: azurite.connectionString },
    credential: { getToken: () => Promise.reject(new Error('not needed with a key')) },
    callTimeoutMs: 20_000,
  };
}

/** Tables of their own for each test, in one emulator. */
function freshPrefix(): string {
  stores += 1;
  return `t${stores}`;
}

function rawTable(prefix: string, name = 'records'): TableClient {
  const options = { allowInsecureConnection: true };
  return TableClient.fromConnectionString(azurite.connectionString, prefix + name, options);
}

describeRecordsContract('tables', async () => {
  const prefix = freshPrefix();
  return {
    records: new TableRecords(prefix, tableOptions()),
    statuses: new TableStatuses(prefix, tableOptions()),
  };
});

describe('a table of records', () => {
  it.each([
    ['first', null],
    ['later', 1],
  ])('takes an own %s write for written although its answer was lost', async (_, setbacks) => {
    const proxy = await startLossyProxy(azurite.connectionString);
    onTestFinished(() => proxy.close());
    const storage = { connectionString: proxy.connectionString };
    const records = new TableRecords(freshPrefix(), { ...tableOptions(), storage });
    await records.setHold(null, { actor: 'ann', comment: '', until: 1 });
    const before = setbacks === null ? null : await records.write(givenRecord(), null, []);
    const sentBefore = proxy.count('$batch');
    proxy.loseAnswerTo('$batch');

    const etag = await records.write(givenRecord({ setbacks: 2 }), before ?? null, [
      givenEntry(1, 'once'),
    ]);

    expect(proxy.count('$batch')).toBe(sentBefore + 2);
    expect(etag).toBeDefined();
    expect((await records.read(ACCOUNT)).stored).toMatchObject({ etag, record: { setbacks: 2 } });
    expect((await records.history(ACCOUNT, 10)).entries).toHaveLength(1);
  });

  it('reports a record that it cannot read as invalid', async () => {
    const prefix = freshPrefix();
    const records = new TableRecords(prefix, tableOptions());
    await records.write(givenRecord(), null, []);
    const partitionKey = ACCOUNT.replaceAll('/', '|');
    for (const json of ['{"phase":"idle"}', '{', '']) {
      await rawTable(prefix).upsertEntity({ partitionKey, rowKey: 'record', json });
      await expect(records.read(ACCOUNT)).rejects.toMatchObject({
        name: 'Failure',
        kind: 'invalid',
        retriable: false,
      });
    }
  });

  it('cuts a long message of the history, and refuses a record that is too long', async () => {
    const records = new TableRecords(freshPrefix(), tableOptions());
    const etag = await records.write(givenRecord(), null, [givenEntry(1, 'x'.repeat(100_000))]);
    const [entry] = (await records.history(ACCOUNT, 1)).entries;
    expect(entry?.message).toBe('x'.repeat(2_000));

    const tooLong = givenRecord({ reported: 'x'.repeat(40_000) });
    const writing = records.write(tooLong, etag ?? null, []);
    await expect(writing).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('fails as unavailable when the storage is', async () => {
    const storage = {
      connectionString: azurite.connectionString.replace(/(TableEndpoint=http:..[^:]+:)\d+/, '$11'),
    };
    const records = new TableRecords('gone', { ...tableOptions(), storage });
    const failure = { name: 'Failure', kind: 'unavailable', retriable: true };
    await expect(records.read(ACCOUNT)).rejects.toMatchObject(failure);
    await expect(records.write(givenRecord(), null, [])).rejects.toMatchObject(failure);
  });
});

describe('a table of statuses', () => {
  /** Rows as they were before the scheduler had columns of its own. */
  async function givenOldRow(nextCheckAt?: string) {
    const prefix = freshPrefix();
    const statuses = new TableStatuses(prefix, tableOptions());
    await statuses.readTick();
    await statuses.writeTick({ at: 1, discoveredAt: 1, missed: [] });
    const { dueAt: _, trouble, workedAt, lookedAt, ...old } = givenStatus({ nextCheckAt: 900 });
    const key = { partitionKey: 'status', rowKey: ACCOUNT.replaceAll('/', '|') };
    const json = JSON.stringify(old);
    await rawTable(prefix, 'accounts').upsertEntity({
      ...key,
      json,
      ...(nextCheckAt && { nextCheckAt }),
    });
    return statuses;
  }

  it.each([
    ['its status alone', undefined, 900],
    ['a check that was set since', '950', 950],
  ])(
    'gives the scheduler a row from an earlier version with %s',
    async (_, column, nextCheckAt) => {
      const statuses = await givenOldRow(column);
      const [row, ...others] = await all(statuses.scheduled(100));
      expect(others).toEqual([]);
      expect(row).toMatchObject({
        accountId: ACCOUNT,
        nextCheckAt,
        admittedUntil: 0,
        asked: false,
        status: { trouble: null, workedAt: {}, lookedAt: 0, dueAt: null, nextCheckAt },
      });
      expect(await all(statuses.seenIn(ACCOUNT.split('/')[2] ?? ''))).toEqual([
        { accountId: ACCOUNT, seen: null },
      ]);
      await statuses.put(givenStatus({ phase: 'idle', nextCheckAt: 2_000 }));
      expect(await all(statuses.scheduled(1_999))).toEqual([]);
      expect((await all(statuses.scheduled(2_000))).map(({ accountId }) => accountId)).toEqual([
        ACCOUNT,
      ]);
    },
  );

  it.each([
    ['that names another account', { accountId: `${ACCOUNT}-other` }],
    ['whose secret is at no address', { secretUrl: 'lang-key' }],
  ])('gives the scheduler a status %s as that of a new account', async (_, changes) => {
    const prefix = freshPrefix();
    const statuses = new TableStatuses(prefix, tableOptions());
    await statuses.put(givenStatus({ nextCheckAt: 5 }));
    await rawTable(prefix, 'accounts').updateEntity({
      partitionKey: 'status',
      rowKey: ACCOUNT.replaceAll('/', '|'),
      json: JSON.stringify({ ...givenStatus(), ...changes }),
    });
    const rows = await all(statuses.scheduled(5));
    expect(rows).toMatchObject([{ accountId: ACCOUNT, status: null, nextCheckAt: 5 }]);
  });

  it('is written in batches of a hundred, all or none', async () => {
    const statuses = new TableStatuses(freshPrefix(), tableOptions());
    const ids = Array.from({ length: 100 }, (_, index) => `${ACCOUNT}-${index}`);
    await statuses.schedule(ids.map((accountId) => ({ accountId, nextCheckAt: 7 })));
    expect(await all(statuses.scheduled(7))).toHaveLength(100);
    expect(await all(statuses.scheduled(6))).toEqual([]);
    await statuses.schedule([]);
  });
});
