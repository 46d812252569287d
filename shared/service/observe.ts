import { Failure, known, type Read, unknown } from '../core/failures.ts';
import type { Account, Admission, Observation, SecretState } from '../core/observation.ts';
import { ENABLED_TAG, type PolicyReading, readPolicy, type SecretRef } from '../core/policy.ts';
import type { RotationRecord } from '../core/record.ts';
import { claimedByAnother } from '../core/rules/guards.ts';
import type { Fingerprint, Slot } from '../core/slots.ts';
import type { Dependencies, Deployment } from './dependencies.ts';
import type { Key, KeyPair } from './key.ts';
import type { AccountRows, SecretReading, StoredRecord } from './ports.ts';

/** An observation, and what acting on it needs: the stored state and the values themselves. */
export interface Observed {
  readonly observation: Observation;
  readonly stored: StoredRecord | null;
  /** The values seen, by fingerprint. */
  readonly values: ReadonlyMap<Fingerprint, Key>;
}

/** Whether an unused secret's name is claimed for the account, or a dry run only asks whose it is. */
export type SecretClaims = 'claim' | 'ask';

const NO_ROWS: AccountRows = { stored: null, requests: [], holds: [], acknowledgements: [] };

/**
 * Gathers the whole picture of one account before anything is decided. The clock is read before the
 * first read, and the record before what it is compared with: whatever changes meanwhile by our own
 * hands changes the record's ETag too. What another worker's claim or the account's own state makes
 * pointless is not read.
 */
export async function observe(
  accountId: string,
  worker: string,
  dependencies: Dependencies,
  admission: Admission | undefined,
  claims: SecretClaims = 'claim',
): Promise<Observed> {
  const { clock, ids, records, accounts, deployment } = dependencies;
  const now = clock.now();
  const rows = await attempt(() => records.read(accountId));
  const { stored, requests, holds, acknowledgements } = rows.ok ? rows.value : NO_ROWS;
  const record = rows.ok ? known(stored?.record ?? null) : rows;
  const account = await attempt(() => accounts.get(accountId));
  const listed = accounts.listedIds.includes(accountId);
  const policy = policyOf(account.ok ? account.value : null, listed, deployment);
  const partial: Observation = {
    now,
    accountId,
    deployment: deployment.deployment,
    worker,
    freshRotationId: ids.next(),
    admission,
    keylessPermitted: deployment.allowKeyless,
    account,
    policy,
    record,
    secretRef: secretRefOf(record.ok ? record.value : null, policy),
    keys: unknown(NOT_READ),
    secret: unknown(NOT_READ),
    secretOwner: undefined,
    publishedBefore: false,
    requests,
    holds,
    acknowledgements,
  };
  if (!worthReading(partial)) return { observation: partial, stored, values: new Map() };
  return { stored, ...(await readKeysAndSecret(partial, dependencies, claims)) };
}

const NOT_READ = new Failure('notSent', 'not read', { retriable: true });

function worthReading(observation: Observation): boolean {
  const { account, policy } = observation;
  if (!account.ok || !account.value || !policy.ok || !policy.policy.enabled) return false;
  const { keyless, provisioningState } = account.value;
  return !keyless && provisioningState === 'Succeeded' && !claimedByAnother(observation);
}

async function readKeysAndSecret(
  partial: Observation,
  dependencies: Dependencies,
  claims: SecretClaims,
): Promise<{ observation: Observation; values: Map<Fingerprint, Key> }> {
  const { accounts, secrets } = dependencies;
  const { secretRef, accountId } = partial;
  const [keys, secret] = await Promise.all([
    attempt(() => accounts.listKeys(accountId)),
    secretRef ? attempt(() => secrets.readNewest(secretRef)) : unknown(NOT_READ),
  ]);
  const owner = await secretOwner(partial, secret, dependencies, claims);
  const before = await publishedBefore(partial, secret, dependencies);
  const failed = [owner, before].find((read) => !read.ok);
  const observation: Observation = {
    ...partial,
    keys: keys.ok ? known(fingerprints(keys.value)) : keys,
    secret: failed && !failed.ok ? failed : withoutValue(secret),
    secretOwner: owner.ok ? owner.value : undefined,
    publishedBefore: before.ok && before.value,
  };
  const seen = [
    ...(keys.ok ? [keys.value.Key1, keys.value.Key2] : []),
    ...(secret.ok && secret.value.state === 'present' && secret.value.value
      ? [secret.value.value]
      : []),
  ];
  return { observation, values: new Map(seen.map((key) => [key.fingerprint, key])) };
}

/**
 * Which account a secret's name belongs to matters before the first version carries an account id:
 * while the secret is absent, two accounts could give each other's apps the wrong key.
 */
async function secretOwner(
  { accountId, secretRef }: Observation,
  secret: Read<SecretReading>,
  { statuses }: Dependencies,
  claims: SecretClaims,
): Promise<Read<string | undefined>> {
  if (!secretRef || !secret.ok || secret.value.state !== 'absent') return known(undefined);
  const url = secretUrl(secretRef);
  return attempt(() =>
    claims === 'claim'
      ? statuses.claimSecret(url, accountId)
      : statuses.secretOwner(url, accountId),
  );
}

/** Asked of the status, which outlives a record, where neither record nor secret is there. */
async function publishedBefore(
  { accountId, record }: Observation,
  secret: Read<SecretReading>,
  { statuses }: Dependencies,
): Promise<Read<boolean>> {
  const isGone = secret.ok && secret.value.state === 'absent' && record.ok && !record.value;
  if (!isGone) return known(false);
  return attempt(async () => typeof (await statuses.get(accountId))?.fingerprint === 'string');
}

/** The secret's URL without a version. */
export function secretUrl(ref: SecretRef): string {
  return `${ref.vaultUrl}/secrets/${ref.name}`;
}

/** A listed account takes part unless its tag says otherwise; any other only if its tag says so. */
function policyOf(account: Account | null, listed: boolean, deployment: Deployment): PolicyReading {
  const defaults = {
    ...deployment.policyDefaults,
    [ENABLED_TAG]: listed ? 'enabled' : 'disabled',
  };
  return readPolicy(account?.tags ?? {}, defaults, {
    accountName: account?.name ?? 'account',
    defaultVaultUrl: deployment.vaultUrl,
    allowedVaultUrls: [deployment.vaultUrl, ...deployment.allowedVaultUrls],
    quarantineMs: deployment.timing.quarantineMs,
  });
}

/** The place that the rotation under way is pinned to, else the policy's. */
function secretRefOf(record: RotationRecord | null, policy: PolicyReading): SecretRef | undefined {
  return record?.rotation?.secret ?? (policy.ok ? policy.policy.secret : undefined);
}

function fingerprints(keys: KeyPair): Record<Slot, Fingerprint> {
  return { Key1: keys.Key1.fingerprint, Key2: keys.Key2.fingerprint };
}

function withoutValue(secret: Read<SecretReading>): Read<SecretState> {
  if (!secret.ok || secret.value.state !== 'present') return secret as Read<SecretState>;
  return known({ state: 'present', newest: secret.value.newest });
}

async function attempt<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return known(await read());
  } catch (error) {
    if (error instanceof Failure) return unknown(error);
    throw error;
  }
}
