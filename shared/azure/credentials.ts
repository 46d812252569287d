import type { TokenCredential } from '@azure/core-auth';
import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  ChainedTokenCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
} from '@azure/identity';

/** Where tokens come from. */
export interface CredentialSettings {
  /** Client id of a user-assigned identity; undefined: the system-assigned one. */
  readonly clientId: string | undefined;
  /** Used on a developer's machine only. */
  readonly authorityHost: string;
}

/**
 * In Azure the managed identity and nothing else, so that a missing identity is an error and not a
 * reason to try somebody else's. On a developer's machine the service principal that the
 * environment names, then whoever is signed in to the Azure CLI or to azd.
 */
export function createCredential(
  settings: CredentialSettings,
  env: NodeJS.ProcessEnv,
): TokenCredential {
  const { clientId, authorityHost } = settings;
  if (env['IDENTITY_ENDPOINT'] || env['MSI_ENDPOINT']) {
    return clientId ? new ManagedIdentityCredential({ clientId }) : new ManagedIdentityCredential();
  }
  return new ChainedTokenCredential(
    new EnvironmentCredential({ authorityHost }),
    new AzureCliCredential(),
    new AzureDeveloperCliCredential(),
  );
}
