import * as z from 'zod';
import { CALLS, TROUBLE_KINDS } from './trouble.ts';

/**
 * What is under way for one account. Key Vault says what *is*; this record says what was intended,
 * what is waited for, and until when an attempt of unknown outcome could still take effect.
 *
 *            start                 call answered,       accepted on          read back from
 *          (standby)               or value changed     the data plane       vault and ARM
 *   idle ───────────▶ regeneratingStandby ──▶ verifying ──────────▶ publishing ──────────▶ overlap
 *    ▲                intent + quarantine     ▲    ▲                intent + quarantine       │
 *    │                                        │    └── adoption, drift, rollback              │ retireAt
 *    │   old value refused, event sent        │                                               ▼
 *    └────────────────────────────────────────┼─────────────────────────────── regeneratingStale
 *                                             └──────────── drift, from any phase    intent + quarantine
 *
 * Every publish, of whatever cause, leads to `overlap`; only the end of an overlap leads to `idle`;
 * rotations start only from `idle`. All times are epoch milliseconds.
 */

const slot = z.enum(['Key1', 'Key2']);
const fingerprint = z.string().regex(/^[0-9a-f]{12}$/);
const time = z.number().int().nonnegative();
const secretRef = z.object({ vaultUrl: z.string(), name: z.string() });

/** Why a key is (to be) published. */
export const CAUSES = [
  'schedule',
  'manual',
  'compromised',
  'drift',
  'rollback',
  'adoption',
  'keyless',
] as const;

/** The states of a rotation. */
export const PHASES = [
  'idle',
  'regeneratingStandby',
  'verifying',
  'publishing',
  'overlap',
  'regeneratingStale',
] as const;

const rotation = z.object({
  id: z.string(),
  cause: z.enum(CAUSES),
  startedAt: time,
  /** Who asked for it and why; empty for the schedule. */
  actor: z.string(),
  comment: z.string(),
  /** The request that this rotation answers. */
  requestId: z.string().nullable(),
  /** Pinned for the length of the rotation. */
  secret: secretRef,
  overlapMs: z.number().int().positive(),
});

const publication = z.object({
  secret: secretRef,
  versionId: z.string(),
  createdAt: time,
  slot,
  fingerprint,
});

const candidate = z.object({
  slot,
  fingerprint,
  /** When this value was first seen: the verification limit and the settling delay count from here. */
  since: time,
  verified: z.boolean(),
});

const recordSchema = z.object({
  accountId: z.string(),
  phase: z.enum(PHASES),
  /** Null only while idle. */
  rotation: rotation.nullable(),
  /** The newest version known to be in the vault; null before the first. */
  active: publication.nullable(),
  /** The value that was active before the last publish; set in overlap and regeneratingStale. */
  stale: z.object({ slot, fingerprint }).nullable(),
  /** The value that is to become active; set while verifying and publishing. */
  candidate: candidate.nullable(),
  /**
   * What is about to be changed: the fingerprint is of the value about to go (regenerate) or of the
   * value to be published. `quarantineBefore` is what an earlier attempt at the same place left
   * running, 0 for nothing: an answer to this attempt does not end that one's doubt.
   */
  intent: z
    .object({
      kind: z.enum(['regenerate', 'publish']),
      slot,
      fingerprint,
      at: time,
      quarantineBefore: time,
    })
    .nullable(),
  /** Until when an attempt of unknown outcome could still take effect; 0 = no such attempt. */
  quarantine: z.object({ Key1: time, Key2: time, vault: time }),
  /** When Event Grid accepted the announcement of the active key. */
  announcedAt: time.nullable(),
  /** The stale key's end; before the announcement a lower bound. */
  retireAt: time.nullable(),
  /** When the stale key was seen to be gone: the limit for confirming that counts from here. */
  retiredAt: time.nullable(),
  /**
   * Key authentication is being switched off for a request: since when, and whether the account was
   * seen without it since.
   */
  switching: z
    .object({ requestId: z.string(), at: time, seen: z.boolean() })
    .nullable()
    .default(null),
  /** Reminders sent in this overlap. */
  reminders: z.number().int().nonnegative(),
  /** Version ids that were newest once: an answer that names one of them is a stale read. */
  superseded: z.array(z.string()),
  /** Failures in a row, for the backoff. */
  setbacks: z.number().int().nonnegative(),
  /** Nothing is tried before this time, after a failure. */
  notBefore: time,
  /**
   * What went wrong last, for the status; gone with the next progress. `telling`: an event could not
   * be sent, which holds up nothing but the next event.
   */
  trouble: z
    .object({
      message: z.string(),
      retriable: z.boolean(),
      telling: z.boolean().optional(),
      /** The outside call that it was, where that is known. */
      failed: z.object({ call: z.enum(CALLS), kind: z.enum(TROUBLE_KINDS), at: time }).optional(),
    })
    .nullable(),
  /** What was last reported by event, so that it is reported once: a reason, or a cut overlap's end. */
  reported: z.string().nullable(),
  claim: z.object({ worker: z.string(), until: time }).nullable(),
  lastRotation: z
    .object({
      id: z.string(),
      cause: z.enum(CAUSES),
      startedAt: time,
      closedAt: time,
      confirmedDead: z.boolean(),
    })
    .nullable(),
});

/** The durable state of one account's rotation; see the picture at the top of this file. */
export type RotationRecord = z.infer<typeof recordSchema>;
/** A rotation under way. */
export type Rotation = z.infer<typeof rotation>;
/** A version of the secret that holds a key of the account. */
export type Publication = z.infer<typeof publication>;
/** A key value on its way to being published. */
export type Candidate = z.infer<typeof candidate>;
/** The states of a rotation. */
export type Phase = RotationRecord['phase'];
/** Why a key is published. */
export type Cause = Rotation['cause'];

/** Parses a stored record; undefined when it does not have the form this version writes. */
export function parseRecord(value: unknown): RotationRecord | undefined {
  return recordSchema.safeParse(value).data;
}

/** How many superseded version ids are remembered; a stale read is at most a few versions old. */
const SUPERSEDED_LIMIT = 8;

/** `superseded` with the recorded active version added. */
export function supersede(record: RotationRecord): string[] {
  const ids = record.active ? [...record.superseded, record.active.versionId] : record.superseded;
  return ids.slice(-SUPERSEDED_LIMIT);
}
