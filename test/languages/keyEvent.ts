import type { Account } from '../../local/azure/model/account.ts';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import { fingerprint } from '../../local/azure/model/fingerprint.ts';
import { type KeySlot, keySlots } from '../../local/azure/model/key-ring.ts';
import type { SecretVersion } from '../../local/azure/model/secret.ts';
import { EVENT_EXAMPLES } from '../../shared/api/events/examples.ts';
import { dataSchemaOf, EVENT_TYPES, type EventType } from '../../shared/core/events.ts';
import { problemOf } from '../contract/eventContract.ts';

/** How things stand with the key that an event tells of. */
export interface KeyFacts {
  readonly account: Account;
  readonly active: KeySlot;
  readonly vaultUri: string;
  readonly version: SecretVersion;
  readonly apiUrl: string;
}

/** An event as it travels; its `data` may be changed to what the service would never send. */
export type KeyEvent = CloudEvent & {
  readonly data: { readonly acknowledgeUrl: unknown; readonly fingerprint: unknown };
};

/** An event as the service sends it; without `changes` to its data it is as published. */
export function keyEvent(
  type: EventType,
  rotationId: string,
  { account, active, vaultUri, version, apiUrl }: KeyFacts,
  changes: Readonly<Record<string, unknown>>,
): KeyEvent {
  const stale = keySlots.find((slot) => slot !== active) as KeySlot;
  const fingerprintOf = (slot: KeySlot) => fingerprint(account.keys.value(slot));
  const path = `accounts/${account.subscription}/${account.resourceGroup}/${account.name}`;
  const retired = type === EVENT_TYPES.keyRetired;
  const validUntil = retired ? null : '2026-01-03T00:00:00.000Z';
  const event = {
    specversion: '1.0' as const,
    id: `${rotationId}:${type}`,
    type,
    source: `/twinkey/scene/${path}`,
    subject: account.id.toLowerCase(),
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(type),
    data: {
      // Whatever else events of this type say, in this version and the next.
      ...EVENT_EXAMPLES.find((example) => example.type === type)?.data,
      accountId: account.id.toLowerCase(),
      accountName: account.name,
      endpoint: account.endpoint.replace(/\/$/, ''),
      rotationId,
      cause: 'schedule',
      activeSlot: active,
      fingerprint: fingerprintOf(active),
      secretId: `${vaultUri}/secrets/${version.name}/${version.version}`,
      secretVersion: version.version,
      vaultUri,
      secretName: version.name,
      previous: { slot: stale, fingerprint: fingerprintOf(stale), validUntil },
      acknowledgeUrl: `${apiUrl}/${path}/rotations/${rotationId}/acks`,
      ...changes,
    },
  };
  const problem = Object.keys(changes).length === 0 ? problemOf(event) : undefined;
  if (problem) throw new Error(problem);
  return event;
}
