import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTION_KEY, givenHost, type TestHost } from './support.ts';

describe('HTTP functions', () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await givenHost('http', { arguments: ['--body-limit-bytes', '1000'] });
  });
  afterAll(() => host.stop());

  it('hand path parameters, query and body to the function and its answer back', async () => {
    const response = await fetch(`${host.url}/api/HELLO/J%C3%BCrgen?a=1&b=2&a=3`, {
      method: 'POST',
      body: 'text',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-answer')).toBe('yes');
    expect(response.headers.get('set-cookie')).toBe(
      'seen=a%20b; Max-Age=60; HttpOnly; SameSite=Strict',
    );
    expect(await response.json()).toMatchObject({
      params: { name: 'Jürgen' },
      query: { a: '1,3', b: '2' },
      url: `${host.url}/api/HELLO/J%C3%BCrgen?a=1&b=2&a=3`,
      hostName: new URL(host.url).host,
      body: 'text',
    });
  });

  it('take the identity headers of the platform off what comes from outside', async () => {
    const response = await fetch(`${host.url}/api/hello/x`, {
      headers: {
        'x-ms-client-principal': Buffer.from('{"claims":[]}').toString('base64'),
        'X-MS-CLIENT-PRINCIPAL-ID': 'me',
        'x-ms-client-principal-name': 'me',
        'x-ms-client-principal-idp': 'aad',
      },
    });
    expect(await response.json()).toMatchObject({ principal: null, principalId: null, user: null });
  });

  it('are found by the most specific route', async () => {
    expect(await (await fetch(`${host.url}/api/hello/world`)).text()).toBe('literal');
    const optional = await fetch(`${host.url}/api/hello/x/dr`);
    expect(await optional.json()).toMatchObject({ params: { name: 'x', title: 'dr' } });
    expect(await (await fetch(`${host.url}/api/files/a/b%20c/d`)).text()).toBe('a/b c/d');
  });

  it.each([
    ['a path that no function has', 'GET', '/api/nothing'],
    ['a path outside the prefix', 'GET', '/hello/x'],
    ['a path that is too long', 'GET', '/api/hello/a/b/c'],
    ['a method that the function does not take', 'PUT', '/api/hello/x'],
  ])('answer 404 to %s', async (_what, method, path) => {
    expect((await fetch(host.url + path, { method })).status).toBe(404);
  });

  it('with authLevel function want the key, in a header or in the query', async () => {
    const status = async (query: string, headers: Record<string, string> = {}) =>
      (await fetch(`${host.url}/api/guarded${query}`, { headers })).status;
    expect(await status('')).toBe(401);
    expect(await status('?code=wrong')).toBe(401);
    expect(await status('', { 'x-functions-key': `${FUNCTION_KEY}x` })).toBe(401);
    expect(await status('', { 'x-functions-key': FUNCTION_KEY })).toBe(200);
    expect(await status(`?code=${FUNCTION_KEY}`)).toBe(200);
  });

  it('that throw answer 500 and keep the reason to themselves', async () => {
    const response = await fetch(`${host.url}/api/throwing`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('');
    await host.said('not for callers');
  });

  it('that answer nothing give 204', async () => {
    expect((await fetch(`${host.url}/api/silent`, { method: 'DELETE' })).status).toBe(204);
  });

  it('do not see a body over the limit', async () => {
    const post = async (length: number) =>
      (await fetch(`${host.url}/api/hello/x`, { method: 'POST', body: 'x'.repeat(length) })).status;
    expect(await post(1000)).toBe(201);
    expect(await post(1001)).toBe(413);
  });

  it('run between their hooks, and their log lines go through the log hook', async () => {
    await host.said('app has started');
    await fetch(`${host.url}/api/hello/x`);
    await host.said('hooked hello');
  });
});
