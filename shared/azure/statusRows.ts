import * as z from 'zod';
import { isWatched, type WorkedAt } from '../core/fleet/account.ts';
import { DEFAULT_RING } from '../core/policy.ts';
import { REASONS, type Reason } from '../core/reasons.ts';
import { CAUSES, PHASES } from '../core/record.ts';
import { CALLS, type Call, TROUBLE_KINDS } from '../core/trouble.ts';
import type { AccountStatus, ScheduleChange, ScheduledAccount } from '../service/statusPorts.ts';
import { fromJson, toJson } from './rows.ts';
import { tableKey } from './tables.ts';

/** Partition of the rows of accounts. */
export const STATUS = 'status';

/** Column of when a call last worked. Each has its own, so that a pass leaves those of other calls alone. */
const WORKED = {
  'arm-read': 'armReadWorkedAt',
  'arm-change': 'armChangeWorkedAt',
  'vault-read': 'vaultReadWorkedAt',
  'vault-change': 'vaultChangeWorkedAt',
  'data-plane': 'dataPlaneWorkedAt',
  topic: 'topicWorkedAt',
} as const satisfies Record<Call, string>;

type WorkedColumn = (typeof WORKED)[Call];

/**
 * The row of an account: the status as JSON, and beside it what the scheduler asks the table for, so
 * that a tick gets the rows that matter and no others. Times are epoch ms as text that sorts.
 */
export interface StatusRow extends Partial<Record<WorkedColumn, string>> {
  /** Not there: no pass has looked at the account yet. */
  json?: string;
  /** When the next pass is due; changed by {@link scheduleColumns} over what the status says. */
  dueAt?: string;
  /** The same where an earlier version, which sorted nothing, looks for it. */
  nextCheckAt?: string;
  lookedAt?: string;
  admittedUntil?: string;
  watched?: boolean;
  asked?: boolean;
  /** What discovery saw; empty: it does not find the account any more. */
  seen?: string;
}

const slot = z.enum(['Key1', 'Key2']).nullable();
const text = z.string().nullable();
const number = z.number().nullable();
const flag = z.boolean().nullable();
const call = z.enum(CALLS);

// What rows written before there was a field do not have gets a default.
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
  secretUrl: z.url().nullable(),
  lastRotationId: text,
  reason: z.enum(Object.keys(REASONS) as Reason[]),
  message: z.string(),
  attention: z.boolean(),
  nextCheckAt: z.number(),
  nextStepAt: number.default(null),
  dueAt: number.default(null),
  trouble: z
    .object({ call, kind: z.enum(TROUBLE_KINDS), at: z.number(), since: z.number() })
    .nullable()
    .default(null),
  lookedAt: z.number().default(0),
  policy: z
    .object({
      periodMs: z.number(),
      overlapMs: z.number(),
      window: text,
      ring: z.number().default(DEFAULT_RING),
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
}) satisfies z.ZodType<Omit<AccountStatus, 'workedAt'>>;

/** Times sort as text of this length, until the year 33658. */
const DIGITS = 15;

/** A time as a column that sorts. */
export function timeColumn(time: number): string {
  return String(Math.min(Math.max(0, Math.floor(time)), 10 ** DIGITS - 1)).padStart(DIGITS, '0');
}

/** The columns that a pass writes. */
export function statusColumns({ workedAt, ...status }: AccountStatus): StatusRow {
  return {
    ...workedColumns(workedAt),
    json: toJson(status, 'The status'),
    ...dueColumns(status.nextCheckAt),
    lookedAt: timeColumn(status.lookedAt),
    watched: isWatched(status),
    asked: false,
  };
}

function workedColumns(workedAt: WorkedAt): StatusRow {
  const row: StatusRow = {};
  for (const call of CALLS) {
    const at = workedAt[call];
    if (at !== undefined) row[WORKED[call]] = timeColumn(at);
  }
  return row;
}

function workedIn(row: StatusRow): WorkedAt {
  const workedAt: Partial<Record<Call, number>> = {};
  for (const call of CALLS) {
    const at = row[WORKED[call]];
    if (at !== undefined) workedAt[call] = Number(at);
  }
  return workedAt;
}

/** The columns that a change of the schedule writes. */
export function scheduleColumns({ nextCheckAt, admittedUntil, seen }: ScheduleChange): StatusRow {
  return {
    ...dueColumns(nextCheckAt),
    ...(admittedUntil !== undefined && { admittedUntil: timeColumn(admittedUntil) }),
    ...(seen !== undefined && { seen: seen ?? '' }),
  };
}

/** The column of when the next pass is due. */
export function dueColumns(at: number): Pick<StatusRow, 'dueAt' | 'nextCheckAt'> {
  return { dueAt: timeColumn(at), nextCheckAt: timeColumn(at) };
}

/** The status in a row; undefined when there is none, or it cannot be read. */
export function toStatus(row: StatusRow): AccountStatus | undefined {
  const status = statusSchema.safeParse(fromJson(row.json)).data;
  if (!status) return undefined;
  const nextCheckAt = Number(row.dueAt ?? row.nextCheckAt ?? status.nextCheckAt);
  return { ...status, workedAt: workedIn(row), nextCheckAt };
}

/** A row as the scheduler sees it. Whose it is, its key says: a status of another account is not its own. */
export function toScheduled(row: StatusRow & { rowKey?: string }): ScheduledAccount {
  const accountId = accountOf(row);
  const found = toStatus(row);
  const status = found?.accountId === accountId ? found : null;
  return {
    accountId,
    status,
    nextCheckAt: Number(row.dueAt ?? row.nextCheckAt ?? status?.nextCheckAt ?? 0),
    admittedUntil: Number(row.admittedUntil ?? 0),
    asked: row.asked ?? false,
  };
}

/** The account of a row: its key with the slashes of a resource id. */
export function accountOf({ rowKey = '' }: { rowKey?: string }): string {
  return rowKey.replaceAll('|', '/');
}

/** The range of keys of a subscription's accounts: from the first, to before the second. */
export function keysOf(subscriptionId: string): [string, string] {
  const start = tableKey(`/subscriptions/${subscriptionId}/`);
  // The character after the last one of the prefix.
  return [start, `${start.slice(0, -1)}}`];
}
