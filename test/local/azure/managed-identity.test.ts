import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { givenAzure } from './given-azure.ts';
import { request } from './https-request.ts';

/** The token cache is one for each process, so the real credential gets a process of its own. */
const useCredential = `
  import { ManagedIdentityCredential } from '@azure/identity';
  import { SecretClient } from '@azure/keyvault-secrets';
  const credential = new ManagedIdentityCredential({ clientId: 'client-1' });
  const client = new SecretClient(process.env.VAULT_URL, credential, {
    disableChallengeResourceVerification: true,
  });
  await client.setSecret('s', 'from another process');
`;

describe('simulated managed identity', () => {
  it('lets another process in with nothing but environment variables', async () => {
    const { azure } = await givenAzure();
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', useCredential], {
      env: {
        PATH: process.env['PATH'],
        IDENTITY_ENDPOINT: azure.identityEndpoint,
        IDENTITY_HEADER: azure.identityHeader,
        NODE_EXTRA_CA_CERTS: azure.caFile,
        VAULT_URL: azure.vaultUrls['main'],
      },
    });
    expect(azure.model.vaults.get('main')?.peek('s')).toMatchObject([
      { value: 'from another process' },
    ]);
    expect(azure.model.log.count({ service: 'identity', operation: 'getToken' })).toBe(1);
  });

  it('asks for its header and for a known resource', async () => {
    const { azure } = await givenAzure();
    const ask = (resource: string, header: string) =>
      request(azure, `${azure.identityEndpoint}?api-version=2019-08-01&resource=${resource}`, {
        headers: { 'X-IDENTITY-HEADER': header },
      });
    const storage = await ask('https://storage.azure.com', azure.identityHeader);
    expect(storage).toMatchObject({ status: 200, json: { token_type: 'Bearer' } });
    expect((await ask('https://storage.azure.com', 'guess')).status).toBe(401);
    expect((await ask('https://example.com', azure.identityHeader)).status).toBe(400);
  });
});
