import { AzureError } from './azure-error.ts';
import type { Random } from './random.ts';
import {
  assertSecretName,
  assertSecretTags,
  assertSecretValue,
  type SecretProperties,
  type SecretVersion,
} from './secret.ts';
import type { Clock } from './time.ts';

/** A soft-deleted secret, waiting to be recovered or purged. */
export interface DeletedSecret {
  readonly newest: SecretVersion;
  /** Epoch seconds. */
  readonly deletedAt: number;
}

interface Secret {
  /** Oldest first; never empty. */
  versions: SecretVersion[];
  deletedAt?: number;
}

/** The secrets of one key vault with soft delete. Names are compared without case. */
export class Vault {
  readonly name: string;
  /** Without a trailing slash. */
  readonly url: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #secrets = new Map<string, Secret>();

  constructor(name: string, url: string, clock: Clock, random: Random) {
    this.name = name;
    this.url = url;
    this.#clock = clock;
    this.#random = random;
  }

  /** Adds a version with everything in one step; there is no conditional write. */
  set(name: string, value: unknown, properties: SecretProperties = {}): SecretVersion {
    assertSecretName(name);
    assertSecretValue(value);
    assertSecretTags(properties.tags);
    const secret = this.#secrets.get(name.toLowerCase());
    if (secret?.deletedAt !== undefined) throw deletedButRecoverable(name);
    const now = this.#seconds();
    const version: SecretVersion = {
      ...properties,
      name,
      version: this.#random.hex(32),
      value,
      enabled: properties.enabled ?? true,
      created: now,
      updated: now,
    };
    if (secret) secret.versions.push(version);
    else this.#secrets.set(name.toLowerCase(), { versions: [version] });
    return version;
  }

  /** The newest version, or a given one. `stale` answers as if the newest were not there yet. */
  get(name: string, version?: string, { stale = false } = {}): SecretVersion {
    const found = version ? this.#find(name, version) : this.#newest(name, stale);
    if (found.enabled) return found;
    throw new AzureError(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', {
      innerCode: 'SecretDisabled',
    });
  }

  /** All versions, ordered by version id as the service lists them: not by age. */
  versions(name: string): SecretVersion[] {
    return [...this.#existing(name).versions].sort((a, b) => (a.version < b.version ? -1 : 1));
  }

  /** Changes what is given and leaves the rest; without a version id, of the newest version. */
  update(name: string, version: string | undefined, changes: SecretProperties): SecretVersion {
    assertSecretTags(changes.tags);
    const old = version ? this.#find(name, version) : this.#newest(name, false);
    const updated = { ...old, ...changes, updated: this.#seconds() };
    const secret = this.#existing(name);
    secret.versions = secret.versions.map((each) => (each === old ? updated : each));
    return updated;
  }

  delete(name: string): DeletedSecret {
    this.#existing(name).deletedAt = this.#seconds();
    return this.getDeleted(name);
  }

  getDeleted(name: string): DeletedSecret {
    const { versions, deletedAt } = this.#deleted(name);
    return { newest: versions.at(-1) as SecretVersion, deletedAt };
  }

  isDeleted(name: string): boolean {
    return isDeleted(this.#secrets.get(name.toLowerCase()));
  }

  recover(name: string): SecretVersion {
    delete (this.#deleted(name) as Secret).deletedAt;
    return this.#newest(name, false);
  }

  purge(name: string): void {
    this.#deleted(name);
    this.#secrets.delete(name.toLowerCase());
  }

  /** What a person would see in the portal: no access rule, no fault in the way. */
  peek(name: string): readonly SecretVersion[] {
    return this.#secrets.get(name.toLowerCase())?.versions ?? [];
  }

  #newest(name: string, stale: boolean): SecretVersion {
    const { versions } = this.#existing(name);
    const seen = stale ? versions.slice(0, -1) : versions;
    const newest = seen.at(-1);
    if (newest) return newest;
    throw secretNotFound(name);
  }

  #find(name: string, version: string): SecretVersion {
    const found = this.#existing(name).versions.find((each) => each.version === version);
    if (found) return found;
    throw secretNotFound(`${name}/${version}`);
  }

  #existing(name: string): Secret {
    assertSecretName(name);
    const secret = this.#secrets.get(name.toLowerCase());
    if (secret && secret.deletedAt === undefined) return secret;
    throw secretNotFound(name);
  }

  #deleted(name: string): Secret & { deletedAt: number } {
    const secret = this.#secrets.get(name.toLowerCase());
    if (isDeleted(secret)) return secret;
    throw new AzureError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}

function isDeleted(secret: Secret | undefined): secret is Secret & { deletedAt: number } {
  return secret?.deletedAt !== undefined;
}

function secretNotFound(id: string): AzureError {
  return new AzureError(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${id} was not found in this key vault.`,
  );
}

function deletedButRecoverable(name: string): AzureError {
  return new AzureError(
    409,
    'Conflict',
    `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused.`,
    { innerCode: 'ObjectIsDeletedButRecoverable' },
  );
}
