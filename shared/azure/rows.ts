import * as z from 'zod';
import { Failure } from '../core/failures.ts';
import {
  type Acknowledgement,
  type Hold,
  REQUEST_KINDS,
  type RotationRequest,
} from '../core/observation.ts';
import { REASONS, type Reason } from '../core/reasons.ts';
import { CAUSES, PHASES } from '../core/record.ts';
import type { HistoryEntry, Receipt } from '../service/recordPorts.ts';

/**
 * Rows of an account's partition, in the order of their keys. Everything that a pass reads sorts
 * below `~`, so that one range query fetches it and leaves the history out:
 *
 *   ack|{fingerprint}|{subscriber}
 *   hold
 *   record
 *   request|{id}
 *   ~{inverted time}|{inverted position}|{nonce}      history, newest first
 *   ~receipt|{id}
 *
 * What concerns all accounts has a partition of its own, with a hold, a history, and a copy of each
 * account's hold, for the list of accounts: held|{account}.
 */
export const ROW_KEYS = {
  record: 'record',
  hold: 'hold',
  held: (accountKey: string) => `held|${accountKey}`,
  request: (id: string) => `request|${id}`,
  receipt: (id: string) => `~receipt|${id}`,
  acknowledgement: ({ fingerprint, subscriber }: Acknowledgement) =>
    `ack|${fingerprint}|${subscriber}`,
  /** `position`: the entry's place within its write. */
  history: (at: number, position: number, nonce: string) =>
    `~${descending(at, 15)}|${descending(position, 2)}|${nonce}`,
};

/** All rows but the history have keys below this one. */
export const HISTORY_START = '~';
/** All history keys are below this one: they go on with a digit. */
export const HISTORY_END = '~:';

/** Acknowledgements of one subscriber that are kept: of the active key and a few before it. */
export const ACKNOWLEDGEMENTS_KEPT = 4;

/** A string property holds 32 Ki characters. */
const MAX_CHARACTERS = 32_768;

const MAX_MESSAGE_CHARACTERS = 2_000;

const slot = z.enum(['Key1', 'Key2']);
const reason = z.enum(Object.keys(REASONS) as Reason[]);
const hold = z.object({ actor: z.string(), comment: z.string(), until: z.number().nullable() });
const acknowledgement = z.object({
  subscriber: z.string(),
  fingerprint: z.string(),
  at: z.number(),
});
const request = z.object({
  id: z.string(),
  kind: z.enum(REQUEST_KINDS),
  createdAt: z.number(),
  actor: z.string(),
  comment: z.string(),
  fingerprints: z.array(z.string()),
  overlapMs: z.number(),
  overrideHold: z.boolean(),
  // Requests made before there were these have none.
  users: z.array(z.string()).default([]),
  rotationId: z.string().nullable(),
});
const receipt = z.object({
  id: z.string(),
  kind: request.shape.kind,
  actor: z.string(),
  comment: z.string(),
  createdAt: z.number(),
  digest: z.string(),
});
const historyEntry = z.object({
  at: z.number(),
  reason,
  message: z.string(),
  phase: z.enum(PHASES).nullable(),
  rotationId: z.string().nullable(),
  // Lines written before there were these have none.
  requestId: z.string().nullable().default(null),
  cause: z.enum(CAUSES).nullable().default(null),
  slot: slot.nullable(),
  fingerprint: z.string().nullable(),
  actor: z.string(),
  outcome: z.enum(['done', 'refused', 'unknown', 'noted']),
  durationMs: z.number(),
});

/** Parsers of the rows; each throws a `Failure` of kind `invalid` for what it cannot read. */
export const parseRow = {
  hold: (json: unknown): Hold => parse(hold, json, 'a hold'),
  request: (json: unknown): RotationRequest => parse(request, json, 'a request'),
  receipt: (json: unknown): Receipt => parse(receipt, json, 'a receipt'),
  acknowledgement: (json: unknown): Acknowledgement =>
    parse(acknowledgement, json, 'an acknowledgement'),
  history: (json: unknown): HistoryEntry => parse(historyEntry, json, 'a line of history'),
};

/** A value as the text of a property. Throws a `Failure` of kind `invalid` when it is too long. */
export function toJson(value: unknown, what: string): string {
  const json = JSON.stringify(value);
  if (json.length <= MAX_CHARACTERS) return json;
  throw new Failure('invalid', `${what} is too long to be stored: ${json.length} characters`);
}

/** The value in a property's text; undefined when it is no JSON. */
export function fromJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** A line of history, its message cut so that the row fits. */
export function toHistoryJson(entry: HistoryEntry): string {
  const message = entry.message.slice(0, MAX_MESSAGE_CHARACTERS);
  return toJson({ ...entry, message }, 'A line of history');
}

function parse<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const { data } = schema.safeParse(fromJson(json));
  if (data === undefined) throw new Failure('invalid', `The stored row is not ${what}`);
  return data;
}

/** Numbers in an order that puts the highest first, as text of `digits` digits. */
function descending(value: number, digits: number): string {
  return String(10 ** digits - 1 - value).padStart(digits, '0');
}
