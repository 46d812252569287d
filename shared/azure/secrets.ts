import type { TokenCredential } from '@azure/core-auth';
import { SecretClient, type SecretProperties } from '@azure/keyvault-secrets';
import { Failure } from '../core/failures.ts';
import { accountTag, ownerOf, SECRET_TAGS, type SecretVersion } from '../core/observation.ts';
import type { SecretRef } from '../core/policy.ts';
import type { Fingerprint } from '../core/slots.ts';
import { Key } from '../service/key.ts';
import type { Clock, NewVersion, Outcome, SecretReading, Secrets } from '../service/ports.ts';
import { callWithin, pages, repeatable } from './calls.ts';
import type { ClientPolicy } from './clientPolicy.ts';
import { sendOnce } from './deadline.ts';
import { attempt } from './outcomes.ts';
import { vaultQuota } from './quotaPolicy.ts';
import type { Quotas } from './quotas.ts';
import { describeSecret, newestOf, toSecretVersion } from './secretVersion.ts';

/** What {@link VaultSecrets} needs. */
export interface VaultSecretsOptions {
  readonly credential: TokenCredential;
  /** False only for vaults whose host is not the one their tokens are for, as on loopback. */
  readonly verifyVaultHost: boolean;
  readonly callTimeoutMs: number;
  readonly clock: Clock;
  /** What is known of Key Vault's limits; undefined: calls leave as they come. */
  readonly quotas?: Quotas | undefined;
}

/** Pages of ≤25 versions: 10,000 versions, of which Key Vault can back up 500. */
const MAX_VERSION_PAGES = 400;

/** Tells what the value is to whoever lists secrets. */
const CONTENT_TYPE = 'text/plain; key of an Azure AI services account';

/** The port {@link Secrets} by Key Vault. */
export class VaultSecrets implements Secrets {
  readonly #options: VaultSecretsOptions;
  readonly #readers = new Map<string, SecretClient>();
  /** Clients for changes whose vault has told them where tokens come from. */
  readonly #changers = new Map<string, SecretClient>();

  constructor(options: VaultSecretsOptions) {
    this.#options = options;
  }

  async readNewest(ref: SecretRef): Promise<SecretReading> {
    const value = await this.#readValue(ref);
    if (value === 'notFound') return this.#readDeleted(ref);
    if (value !== 'forbidden') return value;
    return this.#readDisabled(ref);
  }

  async readVersion(ref: SecretRef, versionId: string): Promise<Key | undefined> {
    const reading = await this.#readValue(ref, versionId);
    if (reading === 'notFound') return undefined;
    if (reading !== 'forbidden') return reading.value;
    const versions = await this.#listVersions(ref);
    const version = versions.find((one) => one.version === versionId);
    if (version && version.enabled !== false) throw noPermission(ref);
    return undefined;
  }

  publish(ref: SecretRef, version: NewVersion, sendBy: number): Promise<Outcome<SecretVersion>> {
    const limits = { sendBy, timeoutMs: this.#options.callTimeoutMs };
    return attempt(`set ${describeSecret(ref)}`, limits, async (abortSignal) => {
      // Of two first requests of a client at once, the SDK's challenge policy sends one on with a token but
      // without its body: a client is shared once its first request is over.
      const client = this.#changers.get(ref.vaultUrl) ?? this.#newChanger(ref.vaultUrl);
      const { properties } = await client.setSecret(ref.name, version.value.reveal(), {
        abortSignal,
        contentType: CONTENT_TYPE,
        tags: { ...version.tags },
        expiresOn: new Date(version.expiresAt),
      });
      this.#changers.set(ref.vaultUrl, client);
      return toSecretVersion(properties, version.value);
    });
  }

  async tag(
    ref: SecretRef,
    versionId: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<void> {
    // PATCH replaces all tags, so the ones that stay go along.
    const versions = await this.#listVersions(ref);
    const version = versions.find((one) => one.version === versionId);
    if (!version) throw new Failure('notFound', `${describeSecret(ref)}/${versionId} is gone`);
    await this.#update(ref, versionId, { tags: { ...version.tags, ...tags } });
  }

  recover(ref: SecretRef): Promise<void> {
    const what = `recover ${describeSecret(ref)}`;
    return callWithin(this.#options.callTimeoutMs, what, async (abortSignal) => {
      const client = this.#reader(ref.vaultUrl);
      const poller = await client.beginRecoverDeletedSecret(ref.name, { abortSignal });
      if (poller.isDone()) return;
      throw new Failure('unavailable', `${what}: under way, not readable yet`);
    });
  }

  async disableOlder(
    ref: SecretRef,
    before: number,
    accountId: string,
    live: readonly Fingerprint[],
  ): Promise<string[]> {
    return this.#disable(ref, ({ createdOn, tags = {} }) => {
      const fingerprint = tags[SECRET_TAGS.fingerprint];
      const ours = tags[SECRET_TAGS.accountId]?.toLowerCase() === accountTag(accountId);
      const dead = fingerprint !== undefined && !live.includes(fingerprint);
      return ours && dead && createdOn !== undefined && createdOn.getTime() < before;
    });
  }

  async disableAll(ref: SecretRef, until: number, accountId: string): Promise<string[]> {
    try {
      return await this.#disable(ref, ({ createdOn, tags = {} }) => {
        const ours = ownerOf(tags) === accountTag(accountId);
        return ours && createdOn !== undefined && createdOn.getTime() <= until;
      });
    } catch (error) {
      if (error instanceof Failure && error.kind === 'notFound') return [];
      throw error;
    }
  }

  /** Disables the enabled versions among those that are `wanted` so. */
  async #disable(
    ref: SecretRef,
    wanted: (version: SecretProperties) => boolean,
  ): Promise<string[]> {
    const disabled: string[] = [];
    for (const properties of await this.#listVersions(ref)) {
      const { version, enabled } = properties;
      if (!version || enabled === false || !wanted(properties)) continue;
      await this.#update(ref, version, { enabled: false });
      disabled.push(version);
    }
    return disabled;
  }

  /** A version with its value (the newest by default), or why there is none. */
  async #readValue(
    ref: SecretRef,
    version?: string,
  ): Promise<(SecretReading & { state: 'present' }) | 'notFound' | 'forbidden'> {
    const { callTimeoutMs } = this.#options;
    try {
      return await callWithin(callTimeoutMs, `get ${describeSecret(ref)}`, async (abortSignal) => {
        const client = this.#reader(ref.vaultUrl);
        const options = version === undefined ? { abortSignal } : { abortSignal, version };
        const secret = await client.getSecret(ref.name, options);
        const value = secret.value === undefined ? undefined : new Key(secret.value);
        return { state: 'present', newest: toSecretVersion(secret.properties, value), value };
      });
    } catch (error) {
      const kind = error instanceof Failure && error.kind;
      if (kind === 'notFound' || kind === 'forbidden') return kind;
      throw error;
    }
  }

  async #readDeleted(ref: SecretRef): Promise<SecretReading> {
    const what = `get deleted ${describeSecret(ref)}`;
    try {
      await callWithin(this.#options.callTimeoutMs, what, (abortSignal) =>
        this.#reader(ref.vaultUrl).getDeletedSecret(ref.name, { abortSignal }),
      );
      return { state: 'softDeleted' };
    } catch (error) {
      if (error instanceof Failure && error.kind === 'notFound') return { state: 'absent' };
      throw error;
    }
  }

  /** 403 means a disabled version, or no permission: the list of versions tells which. */
  async #readDisabled(ref: SecretRef): Promise<SecretReading> {
    const newest = newestOf(await this.#listVersions(ref));
    if (newest?.enabled !== false) throw noPermission(ref);
    return { state: 'present', newest: toSecretVersion(newest, undefined), value: undefined };
  }

  async #listVersions(ref: SecretRef): Promise<SecretProperties[]> {
    const client = this.#reader(ref.vaultUrl);
    const what = `list versions of ${describeSecret(ref)}`;
    const list = client.listPropertiesOfSecretVersions(ref.name);
    const versions: SecretProperties[] = [];
    for await (const version of pages(this.#options.callTimeoutMs, what, MAX_VERSION_PAGES, list)) {
      versions.push(version);
    }
    return versions;
  }

  async #update(
    ref: SecretRef,
    versionId: string,
    change: { tags?: Record<string, string>; enabled?: boolean },
  ): Promise<void> {
    const what = `update ${describeSecret(ref)}/${versionId}`;
    await callWithin(this.#options.callTimeoutMs, what, (abortSignal) =>
      this.#reader(ref.vaultUrl).updateSecretProperties(ref.name, versionId, {
        ...change,
        abortSignal,
      }),
    );
  }

  #reader(vaultUrl: string): SecretClient {
    const known = this.#readers.get(vaultUrl);
    if (known) return known;
    const { callTimeoutMs } = this.#options;
    const client = this.#newClient(vaultUrl, repeatable(callTimeoutMs, ...this.#quota()));
    this.#readers.set(vaultUrl, client);
    return client;
  }

  #newChanger(vaultUrl: string): SecretClient {
    return this.#newClient(vaultUrl, sendOnce(this.#options.clock, ...this.#quota()));
  }

  #quota(): ClientPolicy[] {
    const { quotas } = this.#options;
    return quotas ? [vaultQuota(quotas)] : [];
  }

  #newClient(vaultUrl: string, clientOptions: object): SecretClient {
    return new SecretClient(vaultUrl, this.#options.credential, {
      ...clientOptions,
      disableChallengeResourceVerification: !this.#options.verifyVaultHost,
    });
  }
}

function noPermission(ref: SecretRef): Failure {
  return new Failure('forbidden', `get ${describeSecret(ref)}: 403, and the version is enabled`);
}
