import { odata, type TableEntityResult } from '@azure/data-tables';
import * as z from 'zod';
import type { BrakeState } from '../core/fleet/brakes.ts';
import { CALLS, TROUBLE_KINDS } from '../core/trouble.ts';
import type {
  AccountStatus,
  ScheduleChange,
  ScheduledAccount,
  Statuses,
  StoredBrake,
  Tick,
} from '../service/statusPorts.ts';
import { hasLeft } from './claims.ts';
import { fromJson, toJson } from './rows.ts';
import {
  accountOf,
  dueColumns,
  keysOf,
  STATUS,
  type StatusRow,
  scheduleColumns,
  statusColumns,
  timeColumn,
  toScheduled,
  toStatus,
} from './statusRows.ts';
import { Table, type TableOptions, tableKey } from './tables.ts';

interface ClaimRow {
  owner: string;
}

/** Partitions of the table. */
const CLAIM = 'claim';
const USER = 'user';
const TICK = 'tick';
const BRAKE = 'brake';

/** Key of the row that says which tick may admit. */
const TICK_CLAIM = 'claim';

/** Pages of at most 1,000 accounts; a filter may leave any number of them half empty. */
const MAX_PAGES = 1_000;

const number = z.number().nullable();
const tickSchema = z.object({
  at: number,
  discoveredAt: number,
  missed: z.array(z.string()).default([]),
}) satisfies z.ZodType<Tick>;

const brakeSchema = z.object({
  id: z.string(),
  call: z.enum(CALLS),
  scope: z.string().nullable(),
  brake: z
    .object({
      kind: z.enum(TROUBLE_KINDS),
      since: z.number(),
      accounts: z.number(),
      lastFailureAt: z.number(),
      endsAt: z.number(),
      trialAt: z.number(),
    })
    .nullable(),
  clearedAt: z.number(),
}) satisfies z.ZodType<BrakeState>;

/** The port {@link Statuses} by one table. */
export class TableStatuses implements Statuses {
  readonly #table: Table;

  constructor(prefix: string, options: TableOptions) {
    this.#table = new Table(`${prefix}accounts`, options);
  }

  async put(status: AccountStatus): Promise<void> {
    const key = { partitionKey: STATUS, rowKey: tableKey(status.accountId) };
    await this.#upsert({ ...key, ...statusColumns(status) }, 'Merge');
  }

  async get(accountId: string): Promise<AccountStatus | null> {
    return (await this.#find(accountId)) ?? null;
  }

  /** A row that cannot be read is left out: to the scheduler its account is new, and gets a new row. */
  async *list(): AsyncGenerator<AccountStatus> {
    const filter = odata`PartitionKey eq ${STATUS}`;
    for await (const row of this.#table.list<StatusRow>('list statuses', filter, MAX_PAGES)) {
      const status = toStatus(row);
      if (status) yield status;
    }
  }

  async *scheduled(now: number): AsyncGenerator<ScheduledAccount> {
    const at = timeColumn(now);
    // Rows of before there was the column are not greater, and so are found.
    const filter = odata`PartitionKey eq ${STATUS} and (not (dueAt gt ${at}) or watched eq true or admittedUntil gt ${at})`;
    for await (const row of this.#table.list<StatusRow>('list who is due', filter, MAX_PAGES)) {
      yield toScheduled(row);
    }
  }

  async *lookedAtSince(time: number): AsyncGenerator<AccountStatus> {
    const filter = odata`PartitionKey eq ${STATUS} and lookedAt ge ${timeColumn(time)}`;
    for await (const row of this.#table.list<StatusRow>('list statuses', filter, MAX_PAGES)) {
      const status = toStatus(row);
      if (status) yield status;
    }
  }

  async *seenIn(
    subscriptionId: string,
  ): AsyncGenerator<{ accountId: string; seen: string | null }> {
    const [from, to] = keysOf(subscriptionId);
    const filter = odata`PartitionKey eq ${STATUS} and RowKey ge ${from} and RowKey lt ${to}`;
    const columns = ['rowKey', 'seen'];
    const rows = this.#table.list<Pick<StatusRow, 'seen'>>(
      'list accounts',
      filter,
      MAX_PAGES,
      columns,
    );
    for await (const row of rows) yield { accountId: accountOf(row), seen: row.seen || null };
  }

  async schedule(changes: readonly ScheduleChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#table.transact(
      'change the schedule',
      changes.map((change) => ({
        partitionKey: STATUS,
        rowKey: tableKey(change.accountId),
        ...scheduleColumns(change),
      })),
    );
  }

  async setNextCheck(accountId: string, at: number, asked?: 'asked'): Promise<void> {
    const row = {
      partitionKey: STATUS,
      rowKey: tableKey(accountId),
      ...dueColumns(at),
      ...(asked && { asked: true }),
    };
    await this.#table.runUnless(['notFound'], 'set the next check', (client, abortSignal) =>
      client.updateEntity(row, 'Merge', { abortSignal }),
    );
  }

  async claimSecret(secretUrl: string, accountId: string): Promise<string> {
    const row = { partitionKey: CLAIM, rowKey: tableKey(secretUrl), owner: accountId };
    const claimed = await this.#table.runUnless(['conflict'], 'claim', (client, abortSignal) =>
      client.createEntity(row, { abortSignal }),
    );
    if (claimed) return accountId;
    const found = await this.#get<ClaimRow>(CLAIM, row.rowKey);
    if (!found || found.owner === accountId) return accountId;
    if (!hasLeft(await this.#find(found.owner), secretUrl)) return found.owner;
    const taken = await this.#table.runUnless(['conflict'], 'claim', (client, abortSignal) =>
      client.updateEntity(row, 'Replace', { etag: found.etag, abortSignal }),
    );
    if (taken) return accountId;
    return (await this.#get<ClaimRow>(CLAIM, row.rowKey))?.owner ?? found.owner;
  }

  async secretOwner(secretUrl: string, accountId: string): Promise<string> {
    const found = await this.#get<ClaimRow>(CLAIM, tableKey(secretUrl));
    if (!found || found.owner === accountId) return accountId;
    return hasLeft(await this.#find(found.owner), secretUrl) ? accountId : found.owner;
  }

  async secretUser(secretUrl: string): Promise<string | undefined> {
    const rowKey = tableKey(secretUrl);
    const noted = await this.#get<ClaimRow>(USER, rowKey);
    return (noted ?? (await this.#get<ClaimRow>(CLAIM, rowKey)))?.owner;
  }

  async noteSecretUser(secretUrl: string, accountId: string): Promise<void> {
    await this.#upsert({ partitionKey: USER, rowKey: tableKey(secretUrl), owner: accountId });
  }

  async readTick(): Promise<Tick> {
    const row = await this.#get<StatusRow>(TICK, TICK);
    return (
      tickSchema.safeParse(fromJson(row?.json)).data ?? {
        at: null,
        discoveredAt: null,
        missed: [],
      }
    );
  }

  async writeTick(tick: Tick): Promise<void> {
    await this.#upsert({ partitionKey: TICK, rowKey: TICK, json: toJson(tick, 'The tick') });
  }

  async claimTick(now: number, until: number): Promise<boolean> {
    const row = { partitionKey: TICK, rowKey: TICK_CLAIM, until: timeColumn(until) };
    const found = await this.#get<{ until: string }>(TICK, TICK_CLAIM);
    if (found && found.until > timeColumn(now)) return false;
    const taken = await this.#table.runUnless(
      ['conflict'],
      'claim the tick',
      (client, abortSignal) =>
        found
          ? client.updateEntity(row, 'Replace', { etag: found.etag, abortSignal })
          : client.createEntity(row, { abortSignal }),
    );
    return taken !== undefined;
  }

  async releaseTick(until: number): Promise<void> {
    const row = { partitionKey: TICK, rowKey: TICK_CLAIM, until: timeColumn(0) };
    const found = await this.#get<{ until: string }>(TICK, TICK_CLAIM);
    if (found?.until !== timeColumn(until)) return;
    await this.#table.runUnless(['conflict'], 'release the tick', (client, abortSignal) =>
      client.updateEntity(row, 'Replace', { etag: found.etag, abortSignal }),
    );
  }

  async brakes(): Promise<StoredBrake[]> {
    const found: StoredBrake[] = [];
    const filter = odata`PartitionKey eq ${BRAKE}`;
    for await (const row of this.#table.list<{ json: string }>('list brakes', filter, MAX_PAGES)) {
      const state = brakeSchema.safeParse(fromJson(row.json)).data;
      if (state) found.push({ state, etag: row.etag });
    }
    return found;
  }

  async writeBrake(state: BrakeState, etag: string | null): Promise<boolean> {
    const json = toJson(state, 'The brake');
    const row = { partitionKey: BRAKE, rowKey: tableKey(state.id), json };
    const written = await this.#table.runUnless(
      ['conflict', 'notFound'],
      'write a brake',
      (client, abortSignal) =>
        etag === null
          ? client.createEntity(row, { abortSignal })
          : client.updateEntity(row, 'Replace', { etag, abortSignal }),
    );
    return written !== undefined;
  }

  async #find(accountId: string): Promise<AccountStatus | undefined> {
    const row = await this.#get<StatusRow>(STATUS, tableKey(accountId));
    return row && toStatus(row);
  }

  async #upsert(
    row: { partitionKey: string; rowKey: string } & Record<string, unknown>,
    mode: 'Replace' | 'Merge' = 'Replace',
  ): Promise<void> {
    await this.#table.run(`write a ${row.partitionKey}`, (client, abortSignal) =>
      client.upsertEntity(row, mode, { abortSignal }),
    );
  }

  #get<T extends object>(
    partitionKey: string,
    rowKey: string,
  ): Promise<TableEntityResult<T> | undefined> {
    return this.#table.runUnless(['notFound'], `read a ${partitionKey}`, (client, abortSignal) =>
      client.getEntity<T>(partitionKey, rowKey, { abortSignal }),
    );
  }
}
