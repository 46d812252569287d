import type { SecretProperties, SecretVersion } from '../model/secret.ts';
import type { DeletedSecret, Vault } from '../model/vault.ts';

const recoverableDays = 90;

/** A version without its value, as lists and updates answer it. */
export function itemJson(vault: Vault, version: SecretVersion) {
  const { name, enabled, created, updated, notBefore, expires, contentType, tags } = version;
  return {
    id: `${vault.url}/secrets/${name}/${version.version}`,
    attributes: {
      enabled,
      created,
      updated,
      ...(notBefore !== undefined && { nbf: notBefore }),
      ...(expires !== undefined && { exp: expires }),
      recoveryLevel: 'Recoverable+Purgeable',
      recoverableDays,
    },
    ...(contentType !== undefined && { contentType }),
    ...(tags && { tags }),
  };
}

export function bundleJson(vault: Vault, version: SecretVersion) {
  return { value: version.value, ...itemJson(vault, version) };
}

export function deletedJson(vault: Vault, { newest, deletedAt }: DeletedSecret) {
  return {
    ...itemJson(vault, newest),
    recoveryId: `${vault.url}/deletedsecrets/${newest.name}`,
    deletedDate: deletedAt,
    scheduledPurgeDate: deletedAt + recoverableDays * 24 * 60 * 60,
  };
}

interface PropertiesJson {
  readonly tags?: Record<string, string>;
  readonly contentType?: string;
  readonly attributes?: {
    readonly enabled?: boolean;
    readonly nbf?: number;
    readonly exp?: number;
  };
}

/** What a set or update body names; what it leaves out stays out, so that an update keeps it. */
export function propertiesFromJson({ tags, contentType, attributes }: PropertiesJson) {
  const { enabled, nbf, exp } = attributes ?? {};
  const properties: SecretProperties = {
    ...(tags && { tags }),
    ...(contentType !== undefined && { contentType }),
    ...(enabled !== undefined && { enabled }),
    ...(nbf !== undefined && { notBefore: nbf }),
    ...(exp !== undefined && { expires: exp }),
  };
  return properties;
}
