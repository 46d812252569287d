import type { SecretProperties } from '@azure/keyvault-secrets';
import { Failure } from '../core/failures.ts';
import type { SecretVersion } from '../core/observation.ts';
import type { SecretRef } from '../core/policy.ts';
import type { Key } from '../service/key.ts';

/** A version as Key Vault describes it, in this project's words. */
export function toSecretVersion(
  properties: SecretProperties,
  value: Key | undefined,
): SecretVersion {
  const { version, createdOn, expiresOn, enabled, tags } = properties;
  if (!version || !createdOn) {
    throw new Failure('unavailable', `Key Vault described a version of ${properties.name} badly`);
  }
  return {
    id: version,
    createdAt: createdOn.getTime(),
    expiresAt: expiresOn?.getTime(),
    enabled: enabled !== false,
    fingerprint: value?.fingerprint,
    tags: { ...tags },
  };
}

/**
 * The version created last; undefined when there is none. Key Vault counts whole seconds: of two in
 * the same second a disabled one is taken, because this is asked when the newest refuses to be read.
 */
export function newestOf(versions: readonly SecretProperties[]): SecretProperties | undefined {
  const disabledFirst = ({ enabled }: SecretProperties) => Number(enabled !== false);
  return versions.toSorted(
    (a, b) => createdAt(b) - createdAt(a) || disabledFirst(a) - disabledFirst(b),
  )[0];
}

function createdAt({ createdOn }: SecretProperties): number {
  return createdOn?.getTime() ?? 0;
}

/** How messages name a secret. */
export function describeSecret(ref: SecretRef): string {
  return `${ref.vaultUrl}/secrets/${ref.name}`;
}
