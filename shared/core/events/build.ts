import { accountPath } from '../accountPath.ts';
import { dataSchemaOf, EVENT_TYPES } from '../events.ts';
import type { Account } from '../observation.ts';
import type { SecretRef } from '../policy.ts';
import type { Publication, Rotation, RotationRecord } from '../record.ts';
import type { DelayReason, FailureReason } from './meanings.ts';
import type { EventDataOf, RotationEvent } from './schemas.ts';

/** Where events come from and where answers go. */
export interface EventContext {
  /** The deployment's name, which `source` begins with. */
  readonly deployment: string;
  /** Base URL of the HTTP API without trailing slash, if it is known. */
  readonly apiUrl: string | undefined;
}

/** How pressing it is to reload. */
type Severity = EventDataOf<typeof EVENT_TYPES.keyActivated>['severity'];

/** The key that is about to go, or gone. */
type Stale = NonNullable<RotationRecord['stale']>;

/**
 * What an event is about, beyond what the record says. A `discriminator` tells several events of one
 * type in one rotation apart; times are ISO 8601.
 */
export type EventDetails =
  | {
      readonly type: typeof EVENT_TYPES.keyActivated;
      readonly severity: Severity;
      readonly stale: Stale;
      readonly validUntil: string;
    }
  | {
      readonly type: typeof EVENT_TYPES.keyRetiring;
      readonly severity: Severity;
      readonly discriminator: string;
      readonly stale: Stale;
      readonly validUntil: string;
      readonly missingSubscribers: readonly string[];
    }
  | { readonly type: typeof EVENT_TYPES.keyRetired; readonly confirmedDead: boolean }
  | {
      readonly type: typeof EVENT_TYPES.rotationDelayed;
      readonly discriminator: string;
      readonly reason: DelayReason;
      readonly message: string;
    }
  | {
      readonly type: typeof EVENT_TYPES.rotationFailed;
      readonly discriminator: string;
      readonly reason: FailureReason;
      readonly message: string;
    };

/**
 * Builds an event of a rotation, sent at `time` (ISO 8601). Its `source` and `id` are made of the
 * account, the rotation, the type and the discriminator, so that sending it again after a crash gives
 * the same and consumers can drop the copy. Throws where the record has no active key to tell of.
 */
export function rotationEvent(
  record: RotationRecord,
  rotation: Rotation,
  account: Account,
  context: EventContext,
  time: string,
  details: EventDetails,
): RotationEvent {
  const id = [rotation.id, details.type.split('.')[1]];
  if ('discriminator' in details) id.push(details.discriminator);
  const attributes = {
    specversion: '1.0',
    id: id.join(':'),
    // A person may choose a rotation's id, and choose it for two accounts.
    source: `/twinkey/${context.deployment}/accounts/${accountPath(account.id)}`,
    subject: account.id,
    time,
    datacontenttype: 'application/json',
  } as const;
  return { ...attributes, ...typeAndData(record, rotation, account, context, details) };
}

/** Distributes over the types, so that each keeps its own `data`. */
type TypeAndData<E = RotationEvent> = E extends RotationEvent
  ? Pick<E, 'type' | 'dataschema' | 'data'>
  : never;

function typeAndData(
  record: RotationRecord,
  rotation: Rotation,
  account: Account,
  context: EventContext,
  details: EventDetails,
): TypeAndData {
  const { active } = record;
  const common = commonData(active?.secret ?? rotation.secret, rotation, account, context);
  switch (details.type) {
    case EVENT_TYPES.keyActivated: {
      const { type, severity, stale, validUntil } = details;
      const previous = { ...stale, validUntil };
      const data = { ...common, ...activeKey(active), severity, previous };
      return { type, dataschema: dataSchemaOf(type), data };
    }
    case EVENT_TYPES.keyRetiring: {
      const { type, severity, stale, validUntil } = details;
      const missingSubscribers = [...details.missingSubscribers];
      const previous = { ...stale, validUntil };
      const data = { ...common, ...activeKey(active), severity, previous, missingSubscribers };
      return { type, dataschema: dataSchemaOf(type), data };
    }
    case EVENT_TYPES.keyRetired: {
      const { type, confirmedDead } = details;
      const data = { ...common, ...perhaps(active), previous: staleKey(record), confirmedDead };
      return { type, dataschema: dataSchemaOf(type), data };
    }
    case EVENT_TYPES.rotationDelayed: {
      const { type, reason, message } = details;
      const data = { ...common, ...activeKey(active), previous: staleKey(record), reason, message };
      return { type, dataschema: dataSchemaOf(type), data };
    }
    case EVENT_TYPES.rotationFailed: {
      const { type, reason, message } = details;
      const data = { ...common, ...perhaps(active), previous: staleKey(record), reason, message };
      return { type, dataschema: dataSchemaOf(type), data };
    }
  }
}

function commonData(
  secret: SecretRef,
  rotation: Rotation,
  account: Account,
  { apiUrl }: EventContext,
) {
  const path = `accounts/${accountPath(account.id)}/rotations/${encodeURIComponent(rotation.id)}/acks`;
  return {
    accountId: account.id,
    accountName: account.name,
    endpoint: account.endpoint,
    rotationId: rotation.id,
    cause: rotation.cause,
    vaultUri: secret.vaultUrl,
    secretName: secret.name,
    acknowledgeUrl: apiUrl ? `${apiUrl}/${path}` : null,
  };
}

type ActiveKey = Pick<
  EventDataOf<typeof EVENT_TYPES.keyActivated>,
  'activeSlot' | 'fingerprint' | 'secretId' | 'secretVersion'
>;

function activeKey(active: Publication | null): ActiveKey {
  if (!active) throw new Error('an event was planned without an active key');
  const { slot, fingerprint, versionId, secret } = active;
  const secretId = `${secret.vaultUrl}/secrets/${secret.name}/${versionId}`;
  return { activeSlot: slot, fingerprint, secretId, secretVersion: versionId };
}

function perhaps(active: Publication | null) {
  if (active) return activeKey(active);
  return { activeSlot: null, fingerprint: null, secretId: null, secretVersion: null };
}

function staleKey({ stale }: RotationRecord) {
  return stale && { ...stale, validUntil: null };
}
