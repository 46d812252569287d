import { odata, type TableEntityResult } from '@azure/data-tables';
import { z } from 'zod';
import { REASONS, type Reason } from '../core/reasons.ts';
import { CAUSES, PHASES } from '../core/record.ts';
import type { AccountStatus, Statuses, Tick } from '../service/ports.ts';
import { hasLeft } from './claims.ts';
import { fromJson, toJson } from './rows.ts';
import { Table, type TableOptions, tableKey } from './tables.ts';

interface StatusRow {
  json: string;
  /** Epoch ms as text; set by {@link Statuses.setNextCheck} over what the status says. */
  nextCheckAt?: string;
}

interface ClaimRow {
  owner: string;
}

/** Partitions of the table. */
const STATUS = 'status';
const CLAIM = 'claim';
const TICK = 'tick';

/** Pages of 1,000 accounts. */
const MAX_PAGES = 100;

const slot = z.enum(['Key1', 'Key2']).nullable();
const text = z.string().nullable();
const number = z.number().nullable();
const flag = z.boolean().nullable();

const statusSchema = z.object({
  accountId: z.string(),
  name: z.string(),
  kind: z.string(),
  phase: z.enum(PHASES).nullable(),
  cause: z.enum(CAUSES).nullable(),
  rotationId: text,
  activeSlot: slot,
  fingerprint: text,
  publishedAt: number,
  staleFingerprint: text,
  retireAt: number,
  secretUrl: text,
  lastRotationId: text,
  reason: z.enum(Object.keys(REASONS) as Reason[]),
  message: z.string(),
  attention: z.boolean(),
  nextCheckAt: z.number(),
  // Rows written before there were these have none.
  nextStepAt: number.default(null),
  policy: z
    .object({
      periodMs: z.number(),
      overlapMs: z.number(),
      window: text,
      acknowledgement: z.enum(['advisory', 'required']),
      subscribers: z.array(z.string()),
    })
    .nullable()
    .default(null),
  missingSubscribers: z.array(z.string()).default([]),
  keyless: flag,
  networkRestricted: flag,
  customSubdomain: flag,
  updatedAt: z.number(),
}) satisfies z.ZodType<AccountStatus>;

const tickSchema = z.object({ at: number, discoveredAt: number }) satisfies z.ZodType<Tick>;

/** The port {@link Statuses} by one table. */
export class TableStatuses implements Statuses {
  readonly #table: Table;

  constructor(prefix: string, options: TableOptions) {
    this.#table = new Table(`${prefix}accounts`, options);
  }

  async put(status: AccountStatus): Promise<void> {
    const json = toJson(status, 'The status');
    await this.#upsert({ partitionKey: STATUS, rowKey: tableKey(status.accountId), json });
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

  async setNextCheck(accountId: string, at: number): Promise<void> {
    const row = {
      partitionKey: STATUS,
      rowKey: tableKey(accountId),
      nextCheckAt: String(at),
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

  async readTick(): Promise<Tick> {
    const row = await this.#get<StatusRow>(TICK, TICK);
    return tickSchema.safeParse(fromJson(row?.json)).data ?? { at: null, discoveredAt: null };
  }

  async writeTick(tick: Tick): Promise<void> {
    await this.#upsert({ partitionKey: TICK, rowKey: TICK, json: toJson(tick, 'The tick') });
  }

  async #find(accountId: string): Promise<AccountStatus | undefined> {
    const row = await this.#get<StatusRow>(STATUS, tableKey(accountId));
    return row && toStatus(row);
  }

  async #upsert(row: { partitionKey: string; rowKey: string; json: string }): Promise<void> {
    await this.#table.run(`write a ${row.partitionKey}`, (client, abortSignal) =>
      client.upsertEntity(row, 'Replace', { abortSignal }),
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

function toStatus({ json, nextCheckAt }: StatusRow): AccountStatus | undefined {
  const status = statusSchema.safeParse(fromJson(json)).data;
  return status && nextCheckAt !== undefined
    ? { ...status, nextCheckAt: Number(nextCheckAt) }
    : status;
}
