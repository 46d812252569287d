import { randomUUID } from 'node:crypto';
import {
  odata,
  type TableEntityResult,
  type TableEntityResultPage,
  type TransactionAction,
} from '@azure/data-tables';
import { Failure } from '../core/failures.ts';
import type { Acknowledgement, Hold, RotationRequest } from '../core/observation.ts';
import { parseRecord, type RotationRecord } from '../core/record.ts';
import type {
  AccountRows,
  HistoryEntry,
  Receipt,
  Records,
  StoredRecord,
} from '../service/recordPorts.ts';
import {
  ACKNOWLEDGEMENTS_KEPT,
  fromJson,
  HISTORY_END,
  HISTORY_START,
  parseRow,
  ROW_KEYS,
  toHistoryJson,
  toJson,
} from './rows.ts';
import { Table, type TableOptions, tableKey } from './tables.ts';

/** A row as stored: its content is JSON, so that a change of form needs no change of columns. */
interface Row {
  json: string;
  /** Of a record: names the write that made it. */
  nonce?: string;
}

/** Partition of what concerns all accounts; no resource id looks like this. */
const ALL_ACCOUNTS = '*';

/** Rows of one answer at most, by the Table service. */
const MAX_PAGE_ROWS = 1_000;
/** Pages of as many rows that a pass reads; an account has a few dozen. */
const MAX_PAGES = 10;

/** The port {@link Records} by one table, a partition for each account. */
export class TableRecords implements Records {
  readonly #table: Table;

  constructor(prefix: string, options: TableOptions) {
    this.#table = new Table(`${prefix}records`, options);
  }

  async read(accountId: string): Promise<AccountRows> {
    const [rows, holdForAll] = await Promise.all([this.readOwn(accountId), this.readHold(null)]);
    const { holds } = rows;
    return { ...rows, holds: holdForAll ? [...holds, { ...holdForAll, scope: 'all' }] : holds };
  }

  async readOwn(accountId: string): Promise<AccountRows> {
    const rows = await this.#readRows(accountId, '', HISTORY_START);
    const of = (prefix: string) => rows.filter((row) => row.rowKey?.startsWith(prefix));
    const [record] = of(ROW_KEYS.record);
    return {
      stored: record ? toStored(record, accountId) : null,
      requests: of(ROW_KEYS.request('')).map((row) => parseRow.request(row.json)),
      holds: of(ROW_KEYS.hold).map((row) => ({ ...parseRow.hold(row.json), scope: 'account' })),
      acknowledgements: of('ack|').map((row) => parseRow.acknowledgement(row.json)),
    };
  }

  async write(
    record: RotationRecord,
    etag: string | null,
    history: readonly HistoryEntry[],
  ): Promise<string | undefined> {
    const { accountId } = record;
    const nonce = randomUUID();
    const actions = writeActions(record, etag, history, nonce);
    // 409: there is a record already; 412: another state of it; 404: it is gone.
    const written = await this.#table.runUnless(
      ['conflict', 'notFound'],
      `write the record of ${accountId}`,
      async (client, abortSignal) => {
        const answer = await client.submitTransaction(actions, { abortSignal });
        // Answers come in the order of what was asked; that to an update names no row.
        return answer.subResponses[0]?.etag;
      },
    );
    if (written !== undefined) return written;
    // A repeated request finds its own first one in the way: the nonce tells them from a lost race.
    const found = await this.#getRow(tableKey(accountId), ROW_KEYS.record);
    return found?.nonce === nonce ? found.etag : undefined;
  }

  async addRequest(accountId: string, request: RotationRequest, digest = ''): Promise<Receipt> {
    const { id, kind, actor, comment, createdAt } = request;
    const receipt: Receipt = { id, kind, actor, comment, createdAt, digest };
    const actions: TransactionAction[] = [
      ['create', rowOf(accountId, ROW_KEYS.request(id), toJson(request, 'The request'))],
      ['create', rowOf(accountId, ROW_KEYS.receipt(id), toJson(receipt, 'The receipt'))],
    ];
    const added = await this.#table.runUnless(
      ['conflict'],
      `add a request for ${accountId}`,
      (client, abortSignal) => client.submitTransaction(actions, { abortSignal }),
    );
    return added ? receipt : ((await this.readReceipt(accountId, id)) ?? receipt);
  }

  removeRequest(accountId: string, requestId: string): Promise<void> {
    return this.#deleteRow(tableKey(accountId), ROW_KEYS.request(requestId));
  }

  async withdrawRequest(accountId: string, requestId: string): Promise<void> {
    await this.removeRequest(accountId, requestId);
    await this.#deleteRow(tableKey(accountId), ROW_KEYS.receipt(requestId));
  }

  async readReceipt(accountId: string, requestId: string): Promise<Receipt | null> {
    const row = await this.#getRow(tableKey(accountId), ROW_KEYS.receipt(requestId));
    return row ? parseRow.receipt(row.json) : null;
  }

  async setHold(accountId: string | null, hold: Hold | null): Promise<void> {
    const own = () => this.#setHoldRow(partitionOf(accountId), ROW_KEYS.hold, hold);
    if (accountId === null) return own();
    const copy = () => this.#setHoldRow(ALL_ACCOUNTS, ROW_KEYS.held(tableKey(accountId)), hold);
    // The copy is for people to look at. A failure between both leaves what the caller tries again.
    for (const set of hold ? [own, copy] : [copy, own]) await set();
  }

  async #setHoldRow(partitionKey: string, rowKey: string, hold: Hold | null): Promise<void> {
    if (!hold) return this.#deleteRow(partitionKey, rowKey);
    const row = { partitionKey, rowKey, json: toJson(hold, 'The hold') };
    await this.#table.run('set a hold', (client, abortSignal) =>
      client.upsertEntity(row, 'Replace', { abortSignal }),
    );
  }

  async ownHolds(): Promise<ReadonlyMap<string, Hold>> {
    const [from, to] = [ROW_KEYS.held(''), 'held}'];
    const filter = odata`PartitionKey eq ${ALL_ACCOUNTS} and RowKey ge ${from} and RowKey lt ${to}`;
    const own = new Map<string, Hold>();
    for await (const row of this.#table.list<Row>('list holds', filter, MAX_PAGES)) {
      const accountId = (row.rowKey ?? '').slice(from.length).replaceAll('|', '/');
      own.set(accountId, parseRow.hold(row.json));
    }
    return own;
  }

  async readHold(accountId: string | null): Promise<Hold | null> {
    const row = await this.#getRow(partitionOf(accountId), ROW_KEYS.hold);
    return row ? parseRow.hold(row.json) : null;
  }

  async append(accountId: string | null, entry: HistoryEntry): Promise<void> {
    const key = ROW_KEYS.history(entry.at, 0, randomUUID());
    const row = rowOf(accountId, key, toHistoryJson(entry));
    // Found there already: the SDK's repetition of our own first try.
    await this.#table.runUnless(
      ['conflict'],
      `append to the history of ${accountId ?? 'all accounts'}`,
      (client, abortSignal) => client.createEntity(row, { abortSignal }),
    );
  }

  async acknowledge(accountId: string, acknowledgement: Acknowledgement): Promise<void> {
    const key = ROW_KEYS.acknowledgement(acknowledgement);
    const row = rowOf(accountId, key, toJson(acknowledgement, 'The acknowledgement'));
    await this.#table.run(`acknowledge a key of ${accountId}`, (client, abortSignal) =>
      client.upsertEntity(row, 'Replace', { abortSignal }),
    );
    const rows = await this.#readRows(accountId, 'ack|', 'ack}');
    const outlived = rows
      .map((one) => parseRow.acknowledgement(one.json))
      .filter(({ subscriber }) => subscriber === acknowledgement.subscriber)
      .toSorted((a, b) => b.at - a.at)
      .slice(ACKNOWLEDGEMENTS_KEPT);
    for (const old of outlived) {
      await this.#deleteRow(tableKey(accountId), ROW_KEYS.acknowledgement(old));
    }
  }

  async history(
    accountId: string | null,
    limit: number,
    continuation?: string,
  ): Promise<{ entries: HistoryEntry[]; continuation: string | undefined }> {
    const what = `read the history of ${accountId ?? 'all accounts'}`;
    if (continuation !== undefined && !isContinuation(continuation)) {
      throw new Failure('notFound', `${what}: no page ended there`);
    }
    const page = await this.#table
      .run(what, async (client) => {
        const filter = odata`PartitionKey eq ${partitionOf(accountId)} and RowKey ge ${HISTORY_START} and RowKey lt ${HISTORY_END}`;
        const list = client.listEntities<Row>({ queryOptions: { filter } });
        const settings = continuation === undefined ? {} : { continuationToken: continuation };
        const { value } = await list
          .byPage({ maxPageSize: Math.min(limit, MAX_PAGE_ROWS), ...settings })
          .next();
        return value as TableEntityResultPage<Row>;
      })
      .catch((error: unknown) => {
        // The place is the one part of the query that does not come from here.
        const isPlace = continuation !== undefined && (error as Failure).kind === 'invalid';
        throw isPlace ? new Failure('notFound', `${what}: no page ended there`) : error;
      });
    return {
      entries: page.map((row) => parseRow.history(row.json)),
      continuation: page.continuationToken,
    };
  }

  /** The rows of an account from one row key up to, not including, another. */
  async #readRows(accountId: string, from: string, to: string): Promise<TableEntityResult<Row>[]> {
    const filter = odata`PartitionKey eq ${tableKey(accountId)} and RowKey ge ${from} and RowKey lt ${to}`;
    const what = `read the rows of ${accountId}`;
    const rows: TableEntityResult<Row>[] = [];
    for await (const row of this.#table.list<Row>(what, filter, MAX_PAGES)) rows.push(row);
    return rows;
  }

  #getRow(partitionKey: string, rowKey: string): Promise<TableEntityResult<Row> | undefined> {
    return this.#table.runUnless(['notFound'], `read ${rowKey}`, (client, abortSignal) =>
      client.getEntity<Row>(partitionKey, rowKey, { abortSignal }),
    );
  }

  async #deleteRow(partitionKey: string, rowKey: string): Promise<void> {
    await this.#table.runUnless(['notFound'], `delete ${rowKey}`, (client, abortSignal) =>
      client.deleteEntity(partitionKey, rowKey, { abortSignal }),
    );
  }
}

/** Whether the SDK can read it: it takes JSON in base64 for granted. */
function isContinuation(text: string): boolean {
  const place = fromJson(Buffer.from(text, 'base64').toString());
  return typeof place === 'object' && place !== null && 'nextPartitionKey' in place;
}

/** Of one account, or (null) of all. */
function partitionOf(accountId: string | null): string {
  return accountId === null ? ALL_ACCOUNTS : tableKey(accountId);
}

function rowOf(accountId: string | null, rowKey: string, json: string) {
  return { partitionKey: partitionOf(accountId), rowKey, json };
}

function writeActions(
  record: RotationRecord,
  etag: string | null,
  history: readonly HistoryEntry[],
  nonce: string,
): TransactionAction[] {
  const row = { ...rowOf(record.accountId, ROW_KEYS.record, toJson(record, 'The record')), nonce };
  const write: TransactionAction =
    etag === null ? ['create', row] : ['update', row, 'Replace', { etag }];
  const lines = history.map((entry, position): TransactionAction => {
    const key = ROW_KEYS.history(entry.at, position, nonce);
    return ['create', rowOf(record.accountId, key, toHistoryJson(entry))];
  });
  return [write, ...lines];
}

function toStored(row: TableEntityResult<Row>, accountId: string): StoredRecord {
  const record = parseRecord(fromJson(row.json));
  if (!record) throw new Failure('invalid', `The record of ${accountId} cannot be read`);
  return { record, etag: row.etag };
}
