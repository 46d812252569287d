import { inspect } from 'node:util';
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { secretReader } from '../../shared/client/secretReader.ts';
import { SECRET_NAME, VAULT_URL } from './fixtures.ts';

const CHALLENGE =
  'Bearer authorization="https://login.windows.net/t", resource="https://vault.azure.net"';

/** Reads a secret from a vault that answers this, once it was shown a token. */
function read(status: number, bodyAsText: string) {
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      if (request.headers.has('authorization')) {
        const headers = createHttpHeaders({ 'content-type': 'application/json' });
        return { request, status, bodyAsText, headers };
      }
      const headers = createHttpHeaders({ 'www-authenticate': CHALLENGE });
      return { request, status: 401, headers };
    },
  };
  const credential = {
    getToken: async () => ({ token: 'token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }),
  };
  const options = { httpClient, retryOptions: { maxRetries: 0 } };
  return secretReader(VAULT_URL, SECRET_NAME, credential, options)();
}

function refusal(code: string): string {
  return JSON.stringify({ error: { code: 'Forbidden', message: '', innererror: { code } } });
}

describe('secretReader', () => {
  it('gives the value and when it was set', async () => {
    const body = { value: 'first-key', id: `${VAULT_URL}/secrets/${SECRET_NAME}/1` };
    const attributes = { created: 1_893_456_000 };
    expect(await read(200, JSON.stringify({ ...body, attributes }))).toEqual({
      state: 'enabled',
      value: 'first-key',
      createdAt: Date.UTC(2030, 0, 1),
    });
  });

  it.each([
    ['both', { 'account-id': '/a', 'rotation-id': 'r' }, { accountId: '/a', rotationId: 'r' }],
    ['one alone', { 'rotation-id': 'r' }, undefined],
  ])('gives what published it where the tags say %s', async (_what, tags, publication) => {
    const body = { value: 'first-key', id: `${VAULT_URL}/secrets/${SECRET_NAME}/1`, tags };
    const reading = await read(200, JSON.stringify(body));
    expect('publication' in reading ? reading.publication : undefined).toEqual(publication);
  });

  it('tells a disabled secret from a missing role', async () => {
    expect(await read(403, refusal('SecretDisabled'))).toEqual({ state: 'disabled' });
    await expect(read(403, refusal('ForbiddenByRbac'))).rejects.toMatchObject({ statusCode: 403 });
  });

  it('takes no empty value for a key', async () => {
    const id = `${VAULT_URL}/secrets/${SECRET_NAME}/1`;
    await expect(read(200, JSON.stringify({ value: '', id }))).rejects.toThrow('empty value');
  });

  it('shows nothing of an answer that it cannot read', async () => {
    const error = await read(200, '{"value":"first-key').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('first-key');
  });
});
