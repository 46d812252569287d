import { Readable } from 'node:stream';
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { freshKeyPolicy } from '../../shared/client/freshKeyPolicy.ts';
import { ENDPOINT, givenApp } from './account.ts';

const KEY_HEADER = 'Ocp-Apim-Subscription-Key';

/** A request of an SDK client through the policy to the account; notes what the account got. */
async function givenClient() {
  const app = await givenApp();
  const policy = freshKeyPolicy(app.key);
  const send = async (body: string | NodeJS.ReadableStream = 'hello') => {
    const request = createPipelineRequest({ url: `${ENDPOINT}languages`, method: 'POST', body });
    request.headers.set(KEY_HEADER, app.key.key);
    return policy.sendRequest(request, async (sent) => {
      const headers = sent.headers.toJSON({ preserveCase: true });
      const answer = await app.account.fetch(sent.url, { method: 'POST', headers, body: 'hello' });
      const bodyAsText = await answer.text();
      return { request: sent, status: answer.status, headers: createHttpHeaders(), bodyAsText };
    });
  };
  return { ...app, send };
}

describe('freshKeyPolicy', () => {
  it('leaves a request alone that is served', async () => {
    const { send, account } = await givenClient();
    expect((await send()).status).toBe(200);
    expect(account.received.map(({ key }) => key)).toEqual(['first-key']);
  });

  it('reloads on 401 and repeats the request with the other key', async () => {
    const { send, account, secret } = await givenClient();
    secret.value = 'second-key';
    account.keys.add('second-key').delete('first-key');
    expect((await send()).status).toBe(200);
    expect(account.received.map(({ key }) => key)).toEqual(['first-key', 'second-key']);
  });

  it('does not repeat a body that is a stream', async () => {
    const { send, account, secret, key } = await givenClient();
    secret.value = 'second-key';
    account.keys.add('second-key').delete('first-key');
    expect((await send(Readable.from(['hello']))).status).toBe(401);
    expect(account.received).toHaveLength(1);
    expect(key.key).toBe('second-key');
  });

  it('replaces the key by an Entra ID token once the account takes no keys', async () => {
    const { send, account } = await givenClient();
    account.keyless = true;
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(200);
    expect(account.received.map(({ key, authorization }) => [key, authorization])).toEqual([
      ['first-key', null],
      [null, 'Bearer entra-token'],
      [null, 'Bearer entra-token'],
    ]);
  });

  it('sends no token along with the key when the account takes keys again', async () => {
    const { send, account, entra, runtime } = await givenClient();
    account.keyless = true;
    await send();
    await runtime.advance(2_000);
    account.keyless = false;
    account.tokens.delete('entra-token');
    expect((await send()).status).toBe(200);
    expect(entra.scopes).toHaveLength(1);
    expect(account.received.slice(2).map(({ key, authorization }) => [key, authorization])).toEqual(
      [
        [null, 'Bearer entra-token'],
        ['first-key', null],
      ],
    );
  });
});
