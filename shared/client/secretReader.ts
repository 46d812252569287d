import type { TokenCredential } from '@azure/core-auth';
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets';

/** What published a version, as the tags say that Twinkey wrote on it. */
export interface Publication {
  /** Resource id of the account whose key it is. */
  readonly accountId: string;
  readonly rotationId: string;
}

/** What the vault says about a secret's newest version. */
export type SecretReading =
  | {
      readonly state: 'enabled';
      readonly value: string;
      /** Epoch ms by the vault's clock, whole seconds; undefined when the vault does not say. */
      readonly createdAt: number | undefined;
      /** Left out for a version that somebody else wrote. */
      readonly publication?: Publication;
    }
  /** Somebody disabled the version, as happens to all of them when an account goes keyless. */
  | { readonly state: 'disabled' };

/** Reads the newest version of one secret. Rejects with Key Vault's error when that fails. */
export type SecretReader = () => Promise<SecretReading>;

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
    try {
      const abortSignal = AbortSignal.timeout(READ_TIMEOUT_MS);
      const { value, properties } = await client.getSecret(secretName, { abortSignal });
      if (!value) throw new Error(`Secret ${secretName}: expected a key, found an empty value.`);
      const { createdOn, tags } = properties;
      return {
        state: 'enabled',
        value,
        createdAt: createdOn?.getTime(),
        ...publicationIn(tags),
      };
    } catch (error) {
      if (isDisabled(error)) return { state: 'disabled' };
      // The SDK's error about an answer that it cannot parse quotes the answer, and so the key.
      if (isUnreadableAnswer(error)) throw new Error(`Secret ${secretName}: unreadable answer.`);
      throw error;
    }
  };
}

function publicationIn(tags: Readonly<Record<string, string>> = {}) {
  const { 'account-id': accountId, 'rotation-id': rotationId } = tags;
  return accountId && rotationId ? { publication: { accountId, rotationId } } : {};
}

function isUnreadableAnswer(error: unknown): boolean {
  return (error as { code?: string }).code === 'PARSE_ERROR';
}

/** Key Vault answers 403 for a missing role too: the inner code tells the two apart. */
function isDisabled(error: unknown): boolean {
  const { statusCode, details } = error as {
    statusCode?: number;
    details?: { error?: { innerError?: { code?: string } } };
  };
  return statusCode === 403 && details?.error?.innerError?.code === 'SecretDisabled';
}
