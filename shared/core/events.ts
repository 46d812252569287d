import type { Account } from './observation.ts';
import type { Cause, Rotation, RotationRecord } from './record.ts';
import type { Fingerprint, Slot } from './slots.ts';

/** What apps and operators are told, as CloudEvents 1.0 types. */
export const EVENT_TYPES = {
  /** A new key is in Key Vault and verified: reload now, then acknowledge. */
  keyActivated: 'Twinkey.KeyActivated.v1',
  /** Ahead of the stale key's end, repeatedly: reload if you have not. */
  keyRetiring: 'Twinkey.KeyRetiring.v1',
  /** The stale key is regenerated. */
  keyRetired: 'Twinkey.KeyRetired.v1',
  /** Something holds a rotation up: a hold, a window, a missing acknowledgement. */
  rotationDelayed: 'Twinkey.RotationDelayed.v1',
  /** Gave up for now, or needs a person; says what happens next. */
  rotationFailed: 'Twinkey.RotationFailed.v1',
} as const;

/** One of {@link EVENT_TYPES}. */
export type EventType = (typeof EVENT_TYPES)[keyof typeof EVENT_TYPES];

/** The `data` of every event; never a key. Times are ISO 8601 in UTC. */
export interface RotationEventData {
  accountId: string;
  accountName: string;
  endpoint: string;
  rotationId: string;
  cause: Cause;
  /** The active key. Null, like the three fields that name its version, while nothing is published. */
  activeSlot: Slot | null;
  fingerprint: Fingerprint | null;
  /** URL of the active version. */
  secretId: string | null;
  secretVersion: string | null;
  vaultUri: string;
  secretName: string;
  /** The key that was active before, and how long it stays valid at least; null once it is gone. */
  previous: { slot: Slot; fingerprint: Fingerprint; validUntil: string | null } | null;
  /** Where an app says that it uses the active key; null when the deployment has no address. */
  acknowledgeUrl: string | null;
  /** KeyRetiring: listed subscribers that have not acknowledged. */
  missingSubscribers?: string[];
  /** KeyRetired: the old value was tried and refused. */
  confirmedDead?: boolean;
  /** RotationDelayed, RotationFailed: why, and what happens next. */
  reason?: string;
  message?: string;
}

/** A CloudEvent as this service sends it. */
export interface RotationEvent {
  id: string;
  type: EventType;
  source: string;
  subject: string;
  /** ISO 8601. */
  time: string;
  data: RotationEventData;
}

/** Where events come from and where answers go. */
export interface EventContext {
  /** The deployment's name; events carry `source` = `/twinkey/{deployment}`. */
  readonly deployment: string;
  /** Base URL of the HTTP API without trailing slash, if it is known. */
  readonly apiUrl: string | undefined;
}

/** What an event says beyond what the record does. */
export interface EventDetails {
  readonly type: EventType;
  /** ISO 8601. */
  readonly time: string;
  /** Tells several events of one kind in one rotation apart. */
  readonly discriminator?: string;
  /** How long the previous key stays valid at least, ISO 8601. */
  readonly validUntil?: string | null;
  readonly data?: Pick<
    RotationEventData,
    'missingSubscribers' | 'confirmedDead' | 'reason' | 'message'
  >;
}

/**
 * Builds an event of the rotation under way. Its id is made of the rotation, the kind and the
 * discriminator, so that sending it again after a crash gives the same id and consumers can drop
 * the copy.
 */
export function rotationEvent(
  record: RotationRecord,
  rotation: Rotation,
  account: Account,
  context: EventContext,
  details: EventDetails,
): RotationEvent {
  const { active, stale } = record;
  const { vaultUrl, name } = rotation.secret;
  return {
    id: [rotation.id, details.type.split('.')[1], details.discriminator].filter(Boolean).join(':'),
    type: details.type,
    source: `/twinkey/${context.deployment}`,
    subject: account.id,
    time: details.time,
    data: {
      accountId: account.id,
      accountName: account.name,
      endpoint: account.endpoint,
      rotationId: rotation.id,
      cause: rotation.cause,
      activeSlot: active?.slot ?? null,
      fingerprint: active?.fingerprint ?? null,
      secretId: active && `${vaultUrl}/secrets/${name}/${active.versionId}`,
      secretVersion: active?.versionId ?? null,
      vaultUri: vaultUrl,
      secretName: name,
      previous: stale && { ...stale, validUntil: details.validUntil ?? null },
      acknowledgeUrl: acknowledgeUrl(context, account.id, rotation.id),
      ...details.data,
    },
  };
}

/** `{sub}/{rg}/{name}` of a resource id: how the HTTP API names an account. */
export function accountPath(accountId: string): string {
  const [, , sub = '', , rg = '', , , , name = ''] = accountId.split('/');
  return [sub, rg, name].map(encodeURIComponent).join('/');
}

function acknowledgeUrl(
  context: EventContext,
  accountId: string,
  rotationId: string,
): string | null {
  if (!context.apiUrl) return null;
  return `${context.apiUrl}/accounts/${accountPath(accountId)}/rotations/${encodeURIComponent(rotationId)}/acks`;
}
