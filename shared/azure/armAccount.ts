import type { ApiKeys, Account as ArmAccount } from '@azure/arm-cognitiveservices';
import { Failure } from '../core/failures.ts';
import type { Account } from '../core/observation.ts';
import { ENABLED_TAG } from '../core/policy.ts';
import { Key, type KeyPair } from '../service/key.ts';

/** The parts of an account's resource id that its API calls take. */
export interface AccountAddress {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

const ACCOUNT_ID =
  /^\/subscriptions\/(?<sub>[0-9a-f-]{36})\/resourcegroups\/(?<group>[^/?#]{1,90})\/providers\/microsoft\.cognitiveservices\/accounts\/(?<name>[a-z0-9][a-z0-9_.-]{1,63})$/;

/** Takes a resource id apart; undefined when it does not name a Cognitive Services account. */
export function parseAccountId(id: string): AccountAddress | undefined {
  const groups = ACCOUNT_ID.exec(id.toLowerCase())?.groups;
  if (!groups) return undefined;
  const { sub = '', group = '', name = '' } = groups;
  return { subscriptionId: sub, resourceGroup: group, name };
}

/** What ARM says about an account, in this project's words. Throws a `Failure` when it says no id. */
export function toAccount(arm: ArmAccount): Account {
  if (!arm.id) throw new Failure('unavailable', 'ARM described an account without id');
  const { properties } = arm;
  return {
    id: arm.id.toLowerCase(),
    name: arm.name ?? '',
    kind: arm.kind ?? '',
    location: arm.location ?? '',
    endpoint: (properties?.endpoint ?? '').replace(/\/+$/, ''),
    tags: arm.tags ?? {},
    provisioningState: properties?.provisioningState ?? '',
    keyless: properties?.disableLocalAuth === true,
    networkRestricted:
      properties?.networkAcls?.defaultAction === 'Deny' ||
      properties?.publicNetworkAccess === 'Disabled',
    customSubdomain: Boolean(properties?.customSubDomainName),
  };
}

/**
 * Whether discovery takes an account in: it carries the tag, and not to opt out. A value that is
 * misspelt counts, so that the policy reports it instead of the account being skipped in silence.
 */
export function isDiscovered({ tags }: Account): boolean {
  const tag = Object.entries(tags).find(([name]) => name.toLowerCase() === ENABLED_TAG);
  return tag !== undefined && tag[1].trim().toLowerCase() !== 'disabled';
}

/** Both keys of an answer. Throws a `Failure` when one is missing. */
export function toKeyPair({ key1, key2 }: ApiKeys, what: string): KeyPair {
  if (!key1 || !key2) throw new Failure('unavailable', `${what}: the answer lacks a key`);
  return { Key1: new Key(key1), Key2: new Key(key2) };
}
