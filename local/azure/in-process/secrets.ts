import { Failure } from '../../../shared/core/failures.ts';
import {
  accountTag,
  ownerOf,
  SECRET_TAGS,
  type SecretVersion,
} from '../../../shared/core/observation.ts';
import type { SecretRef } from '../../../shared/core/policy.ts';
import type { Fingerprint } from '../../../shared/core/slots.ts';
import { Key } from '../../../shared/service/key.ts';
import type { NewVersion, Outcome, SecretReading, Secrets } from '../../../shared/service/ports.ts';
import { AzureError } from '../model/azure-error.ts';
import type { Call } from '../model/call.ts';
import type { SecretVersion as StoredVersion } from '../model/secret.ts';
import type { ThrottleKind } from '../model/throttles.ts';
import type { Vault } from '../model/vault.ts';
import type { Caller } from './caller.ts';

/** The port `Secrets`, on the model. */
export class InProcessSecrets implements Secrets {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async readNewest(ref: SecretRef): Promise<SecretReading> {
    const vault = this.#vault(ref);
    return this.#caller.read(vaultCall('getSecret', vault, ref), ({ stale }) =>
      readNewest(vault, ref.name, stale),
    );
  }

  async readVersion(ref: SecretRef, versionId: string): Promise<Key | undefined> {
    const vault = this.#vault(ref);
    return this.#caller.read(vaultCall('getSecret', vault, ref), () => {
      const version = vault.peek(ref.name).find((each) => each.version === versionId);
      return version?.enabled ? new Key(version.value) : undefined;
    });
  }

  async publish(
    ref: SecretRef,
    { value, tags, expiresAt }: NewVersion,
    sendBy: number,
  ): Promise<Outcome<SecretVersion>> {
    const vault = this.#vault(ref);
    const call = vaultCall('setSecret', vault, ref, 'vaultCreation');
    return this.#caller.change(call, sendBy, () => {
      const expires = Math.floor(expiresAt / 1000);
      return describe(vault.set(ref.name, value.reveal(), { tags: { ...tags }, expires }));
    });
  }

  async tag(
    ref: SecretRef,
    versionId: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<void> {
    const vault = this.#vault(ref);
    await this.#caller.read(vaultCall('updateSecret', vault, ref), () => {
      const old = vault.versions(ref.name).find((each) => each.version === versionId);
      vault.update(ref.name, versionId, { tags: { ...old?.tags, ...tags } });
    });
  }

  async recover(ref: SecretRef): Promise<void> {
    const vault = this.#vault(ref);
    await this.#caller.read(vaultCall('recoverDeletedSecret', vault, ref), () => {
      vault.recover(ref.name);
    });
  }

  async disableOlder(
    ref: SecretRef,
    before: number,
    accountId: string,
    live: readonly Fingerprint[],
  ): Promise<string[]> {
    return this.#disable(ref, ({ created, tags = {} }) => {
      const fingerprint = tags[SECRET_TAGS.fingerprint];
      const ours = tags[SECRET_TAGS.accountId]?.toLowerCase() === accountTag(accountId);
      const dead = fingerprint !== undefined && !live.includes(fingerprint);
      return ours && dead && created * 1000 < before;
    });
  }

  async disableAll(ref: SecretRef, until: number, accountId: string): Promise<string[]> {
    try {
      return await this.#disable(ref, ({ created, tags = {} }) => {
        return ownerOf(tags) === accountTag(accountId) && created * 1000 <= until;
      });
    } catch (error) {
      if (error instanceof Failure && error.kind === 'notFound') return [];
      throw error;
    }
  }

  async #disable(ref: SecretRef, wanted: (version: StoredVersion) => boolean): Promise<string[]> {
    const vault = this.#vault(ref);
    const versions = await this.#caller.read(vaultCall('listSecretVersions', vault, ref), () =>
      vault.versions(ref.name),
    );
    const disabled: string[] = [];
    for (const stored of versions.filter((each) => each.enabled && wanted(each))) {
      const { version } = stored;
      await this.#caller.read(vaultCall('updateSecret', vault, ref), () =>
        vault.update(ref.name, version, { enabled: false }),
      );
      disabled.push(version);
    }
    return disabled;
  }

  #vault({ vaultUrl }: SecretRef): Vault {
    for (const vault of this.#caller.model.vaults.values()) {
      if (vault.url === vaultUrl) return vault;
    }
    throw new Failure('unavailable', `${vaultUrl}: no such host`);
  }
}

function readNewest(vault: Vault, name: string, stale: boolean): SecretReading {
  try {
    const newest = vault.get(name, undefined, { stale });
    return { state: 'present', newest: describe(newest), value: new Key(newest.value) };
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    if (error.status === 404) return { state: vault.isDeleted(name) ? 'softDeleted' : 'absent' };
    const newest = vault.peek(name).at(-1);
    if (!newest || newest.enabled) throw error;
    return { state: 'present', newest: describe(newest), value: undefined };
  }
}

function describe(stored: StoredVersion): SecretVersion {
  const { version, created, expires, enabled, tags, value } = stored;
  return {
    id: version,
    createdAt: created * 1000,
    expiresAt: expires === undefined ? undefined : expires * 1000,
    enabled,
    fingerprint: enabled ? new Key(value).fingerprint : undefined,
    tags: { ...tags },
  };
}

function vaultCall(
  operation: string,
  vault: Vault,
  { name }: SecretRef,
  ...more: ThrottleKind[]
): Call {
  const kinds: ThrottleKind[] = ['vaultCall', ...more];
  const throttles = kinds.map((kind) => ({ kind, scope: vault.url }));
  return { service: 'vault', operation, target: name, throttles };
}
