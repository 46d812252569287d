import { sameSecret } from '../core/facts.ts';
import { Failure, known, type Read, unknown } from '../core/failures.ts';
import type { Account, Admission, Observation, SecretState } from '../core/observation.ts';
import { ENABLED_TAG, type PolicyReading, readPolicy, type SecretRef } from '../core/policy.ts';
import type { RotationRecord } from '../core/record.ts';
import { claimedByAnother } from '../core/rules/guards.ts';
import type { Fingerprint, Slot } from '../core/slots.ts';
import type { Dependencies, Deployment } from './dependencies.ts';
import type { Key, KeyPair } from './key.ts';
import type { SecretReading } from './ports.ts';
import type { AccountRows, StoredRecord } from './recordPorts.ts';

/** An observation, and what acting on it needs: the stored state and the values themselves. */
export interface Observed {
  readonly observation: Observation;
  /** When its first read began, epoch ms. */
  readonly readAt: number;
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
  // A pass asks for the hold for all accounts when it would regenerate a key: see lookAtHold.
  const rows = await attempt(() =>
    claims === 'claim' ? records.readOwn(accountId) : records.read(accountId),
  );
  const { stored, requests, holds, acknowledgements } = rows.ok ? rows.value : NO_ROWS;
  const record = rows.ok ? known(stored?.record ?? null) : rows;
  const account = await readAccount(accountId, worker, { now, record, requests }, dependencies);
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
  if (!worthReading(partial)) {
    return { observation: partial, readAt: now, stored, values: new Map() };
  }
  return { readAt: now, stored, ...(await readKeysAndSecret(partial, dependencies, claims)) };
}

/** What a pass knows after a step of its own, without a look. */
export type Known = Pick<Observation, 'keys' | 'secret' | 'requests'> & {
  readonly stored: StoredRecord | null;
};

/**
 * The picture after a step whose outcome is known: nothing is read for it. Undefined where that would
 * not do: it rests on reads that are too old, or the account's secret now lies elsewhere.
 */
export function carryOn(
  before: Observed,
  { stored, ...changed }: Known,
  { clock, ids, deployment }: Dependencies,
): Observed | undefined {
  const now = clock.now();
  if (now > before.readAt + deployment.timing.sendWithinMs) return undefined;
  const { observation } = before;
  const record = stored?.record ?? null;
  const secretRef = secretRefOf(record, observation.policy);
  if (!secretRef || !observation.secretRef || !sameSecret(secretRef, observation.secretRef)) {
    return undefined;
  }
  return {
    ...before,
    stored,
    observation: {
      ...observation,
      ...changed,
      now,
      freshRotationId: ids.next(),
      record: known(record),
      secretRef,
    },
  };
}

/** The same picture with keys and secret read once more: what a publish rests on. */
export async function lookAgain(before: Observed, dependencies: Dependencies): Promise<Observed> {
  const now = dependencies.clock.now();
  const partial = { ...before.observation, now };
  return { ...before, ...(await readKeysAndSecret(partial, dependencies, 'claim')) };
}

/** The same picture with the hold for all accounts, which matters to steps that end a key. */
export async function lookAtHold(before: Observed, { records }: Dependencies): Promise<Observed> {
  const { observation } = before;
  const hold = await attempt(() => records.readHold(null));
  if (!hold.ok) return { ...before, observation: { ...observation, record: hold } };
  const own = observation.holds.filter(({ scope }) => scope === 'account');
  const holds = hold.value ? [...own, { ...hold.value, scope: 'all' as const }] : own;
  return { ...before, observation: { ...observation, holds } };
}

/** The account by ARM: not asked for while another worker is at it, nor before there is room for a pass. */
async function readAccount(
  accountId: string,
  worker: string,
  seen: Pick<Observation, 'now' | 'record' | 'requests'>,
  { accounts, quota, deployment }: Dependencies,
): Promise<Read<Account | null>> {
  if (claimedByAnother({ ...seen, worker })) return unknown(NOT_READ);
  const record = seen.record.ok ? seen.record.value : null;
  const isUrgent = seen.requests.some(({ kind }) => kind === 'compromised');
  const purpose = isUrgent || (record && record.phase !== 'idle') ? 'finish' : 'start';
  const place = {
    subscriptionId: accountId.split('/')[2] ?? '',
    vaultUrl: record?.active?.secret.vaultUrl ?? deployment.vaultUrl,
  };
  return attempt(async () => {
    await quota?.admit(place, purpose);
    return accounts.get(accountId);
  });
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

/** Both keys as decisions see them. */
export function fingerprints(keys: KeyPair): Record<Slot, Fingerprint> {
  return { Key1: keys.Key1.fingerprint, Key2: keys.Key2.fingerprint };
}

export function withoutValue(secret: Read<SecretReading>): Read<SecretState> {
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
