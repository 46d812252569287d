import type { TokenCredential } from '@azure/core-auth';
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets';

/** Reads the newest version's value of one secret. */
export type SecretReader = () => Promise<string>;

/** Longest time one read may take, the SDK's own retries included. */
const READ_TIMEOUT_MS = 20_000;

/** A reader of one Key Vault secret. */
export function secretReader(
  vaultUrl: string,
  secretName: string,
  credential: TokenCredential,
  options: SecretClientOptions = {},
): SecretReader {
  const client = new SecretClient(vaultUrl, credential, options);
  return async () => {
    const abortSignal = AbortSignal.timeout(READ_TIMEOUT_MS);
    const { value } = await client.getSecret(secretName, { abortSignal });
    if (!value) throw new Error(`Secret ${secretName}: expected a key, found an empty value.`);
    return value;
  };
}
