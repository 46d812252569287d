import { readFile } from 'node:fs/promises';
import { ManagedIdentityCredential } from '@azure/identity';
import {
  type AcknowledgementOptions,
  type Notice,
  type RotatingKey,
  rotatingKey,
} from 'twinkey/client';
import { required } from './configuration.ts';

/**
 * The key of the AI account, wherever its rotation is: one for the whole app. Rejects with Key Vault's
 * error when a wrong name or a missing role keeps it from being read.
 */
export async function followKey(): Promise<RotatingKey> {
  const clientId = process.env['AZURE_CLIENT_ID'];
  const key = rotatingKey({
    vaultUrl: required('KEY_VAULT_URL'),
    secretName: required('KEY_SECRET_NAME'),
    // On a developer's machine: new AzureCliCredential().
    credential: new ManagedIdentityCredential(clientId ? { clientId } : {}),
    secretClientOptions: {
      // Only where the vault is not at its cloud's own name, as in a local simulation.
      disableChallengeResourceVerification: process.env['KEY_VAULT_VERIFY'] === 'false',
    },
    ...(process.env['TWINKEY_SUBSCRIBER'] && { acknowledgement: acknowledgement() }),
    onNotice: logNotice,
  });
  await key.ready();
  return key;
}

/** For an app that the account's tag `key-rotation-subscribers` lists. */
function acknowledgement(): AcknowledgementOptions {
  const functionKeyFile = required('TWINKEY_FUNCTION_KEY_FILE');
  return {
    subscriber: required('TWINKEY_SUBSCRIBER'),
    apiUrl: required('TWINKEY_API_URL'),
    // Read each time: this key may be replaced as well.
    headers: async () => ({ 'x-functions-key': (await readFile(functionKeyFile, 'utf8')).trim() }),
  };
}

/** One line of JSON for each notice: fingerprints, never a key. */
function logNotice(notice: Notice): void {
  const error = 'error' in notice ? { error: String(notice.error) } : {};
  console.log(JSON.stringify({ at: new Date(), ...notice, ...error }));
}
