import { describe, expect, it } from 'vitest';
import { withFreshKey } from '../../shared/client/freshKeyFetch.ts';
import { givenKey } from './fixtures.ts';

const URL = 'https://vision.cognitiveservices.azure.com/translate';

/** A service that accepts one key. */
function givenService(accepted: string) {
  const requests: { key: string | null; body: string }[] = [];
  const fetch = async (input: string | URL | Request) => {
    const request = input as Request;
    const key = request.headers.get('Ocp-Apim-Subscription-Key');
    requests.push({ key, body: await request.text() });
    return new Response('answer', { status: key === accepted ? 200 : 401 });
  };
  return { fetch, requests };
}

describe('withFreshKey', () => {
  it('sends the current key', async () => {
    const { key } = givenKey();
    await key.ready();
    const { fetch, requests } = givenService('first-key');
    expect((await withFreshKey(key, fetch)(URL)).status).toBe(200);
    expect(requests).toEqual([{ key: 'first-key', body: '' }]);
  });

  it('reloads on 401 and repeats the request once, body included', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    await runtime.advance(1_000);
    secret.value = 'second-key';
    const { fetch, requests } = givenService('second-key');
    const response = await withFreshKey(key, fetch)(URL, { method: 'POST', body: 'hello' });
    expect(response.status).toBe(200);
    expect(requests).toEqual([
      { key: 'first-key', body: 'hello' },
      { key: 'second-key', body: 'hello' },
    ]);
  });

  it('hands the 401 on when the vault has no other key', async () => {
    const { key, runtime } = givenKey();
    await key.ready();
    await runtime.advance(1_000);
    const { fetch, requests } = givenService('another-key');
    const response = await withFreshKey(key, fetch)(URL);
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('answer');
    expect(requests).toHaveLength(1);
  });

  it('does not repeat twice', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    await runtime.advance(1_000);
    secret.value = 'second-key';
    const { fetch, requests } = givenService('another-key');
    expect((await withFreshKey(key, fetch)(URL)).status).toBe(401);
    expect(requests).toHaveLength(2);
  });

  it('refuses redirects, which would carry the key elsewhere', async () => {
    const { key } = givenKey();
    await key.ready();
    let redirect: string | undefined;
    const fetch = async (input: string | URL | Request) => {
      redirect = (input as Request).redirect;
      return new Response();
    };
    await withFreshKey(key, fetch)(URL);
    expect(redirect).toBe('error');
  });
});
