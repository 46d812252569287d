import type { FailureKind } from './failures.ts';
import type { Observation } from './observation.ts';
import type { RotationRecord } from './record.ts';

/**
 * The outside calls that a rotation needs, told apart by what can be out of order on its own: who may
 * read a vault may not be able to write to it.
 */
export const CALLS = [
  'arm-read',
  'arm-change',
  'vault-read',
  'vault-change',
  'data-plane',
  'topic',
] as const;
/** One of {@link CALLS}. */
export type Call = (typeof CALLS)[number];

/** What went wrong: a failed call's kind, or that a new key was not accepted in time. */
export const TROUBLE_KINDS = [
  'unauthorized',
  'forbidden',
  'notFound',
  'conflict',
  'throttled',
  'invalid',
  'unavailable',
  'timeout',
  'notSent',
  'notAccepted',
] as const satisfies readonly (FailureKind | 'notAccepted')[];
/** One of {@link TROUBLE_KINDS}. */
export type TroubleKind = (typeof TROUBLE_KINDS)[number];

/** A call that failed for an account at its last try. */
export interface Trouble {
  readonly call: Call;
  readonly kind: TroubleKind;
  /** Epoch ms of the last try. */
  readonly at: number;
}

/**
 * What is wrong with an account for the time being: a read that failed in this observation, else the
 * last step that failed, else a new key that is not accepted. Null: nothing. What was throttled, or
 * not sent, says nothing of the service.
 */
export function troubleOf(
  observation: Observation,
  record: RotationRecord | null,
  verificationLimitMs: number,
): Trouble | null {
  const { account, keys, secret, now } = observation;
  const reads = [
    { call: 'arm-read', read: account },
    { call: 'arm-read', read: keys },
    { call: 'vault-read', read: secret },
  ] as const;
  for (const { call, read } of reads) {
    if (!read.ok && tells(read.failure.kind)) return { call, kind: read.failure.kind, at: now };
  }
  const failed = record?.trouble?.failed;
  if (failed) return tells(failed.kind) ? failed : null;
  const candidate = record?.phase === 'verifying' ? record.candidate : null;
  const overdue = candidate && now >= candidate.since + verificationLimitMs;
  return overdue ? { call: 'data-plane', kind: 'notAccepted', at: now } : null;
}

/**
 * When an account that could not be read is looked at again (epoch ms), if `soonest` is the earliest: after as
 * long as that has lasted `since`, so that a fleet behind a vault that is gone, or that never answers, keeps
 * nobody else waiting. Not after `neededAt`, when what is under way has to go on, and after `longestMs` at the
 * latest.
 */
export function lookAgainAt(
  soonest: number,
  since: number,
  now: number,
  neededAt: number | null,
  longestMs: number,
): number {
  const patient = now + Math.min(now - since, longestMs);
  return Math.max(soonest, Math.min(patient, neededAt ?? patient));
}

function tells(kind: TroubleKind): boolean {
  return kind !== 'throttled' && kind !== 'notSent';
}

/** The calls that this observation shows to work. */
export function readsThatWorked({ account, keys, secret }: Observation): Call[] {
  const calls: Call[] = account.ok && keys.ok ? ['arm-read'] : [];
  return secret.ok ? [...calls, 'vault-read'] : calls;
}
