import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withFreshKey } from '../../shared/client/freshKeyFetch.ts';
import { ENDPOINT, FakeAccount, givenApp } from './account.ts';
import { givenKey, settle } from './fixtures.ts';

const TRANSLATE = `${ENDPOINT}translate`;

/** An app whose key is refused, with another one in the vault. */
async function givenStaleKey() {
  const app = await givenApp();
  app.secret.value = 'second-key';
  app.account.keys.add('second-key').delete('first-key');
  return { ...app, fetch: withFreshKey(app.key, app.account.fetch) };
}

describe('withFreshKey', () => {
  it('sends the current key', async () => {
    const { key, account } = await givenApp();
    expect((await withFreshKey(key, account.fetch)(TRANSLATE)).status).toBe(200);
    expect(account.received).toMatchObject([{ key: 'first-key', body: '' }]);
  });

  it('sends it in the header that the app names', async () => {
    const { key } = await givenApp();
    const fetch = async (input: string | URL | Request) =>
      new Response((input as Request).headers.get('api-key'));
    const response = await withFreshKey(key, fetch, 'api-key')(TRANSLATE);
    expect(await response.text()).toBe('first-key');
  });

  it('waits for the first load', async () => {
    const { key } = givenKey();
    const account = new FakeAccount();
    expect((await withFreshKey(key, account.fetch)(TRANSLATE)).status).toBe(200);
  });

  it('reloads on 401 and repeats the request once, body included', async () => {
    const { fetch, account } = await givenStaleKey();
    const response = await fetch(TRANSLATE, { method: 'POST', body: 'hello' });
    expect(response.status).toBe(200);
    expect(account.received).toMatchObject([
      { key: 'first-key', body: 'hello' },
      { key: 'second-key', body: 'hello' },
    ]);
  });

  it('reloads once for 200 requests that meet the switch at a time', async () => {
    const { fetch, account, secret } = await givenStaleKey();
    let open = () => {};
    secret.gate = new Promise((resolve) => {
      open = resolve;
    });
    const calls = Array.from({ length: 200 }, () => fetch(TRANSLATE));
    await settle();
    open();
    const responses = await Promise.all(calls);
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(secret.reads).toBe(2);
    expect(account.received).toHaveLength(400);
  });

  it('lets go of the answer that is not handed on', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    await runtime.advance(1_000);
    secret.value = 'second-key';
    const account = new FakeAccount();
    account.keys.add('second-key').delete('first-key');
    const cancelled: unknown[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      const { status } = await account.fetch(input);
      return new Response(new ReadableStream({ cancel: () => void cancelled.push(status) }), {
        status,
      });
    };
    expect((await withFreshKey(key, fetch)(TRANSLATE)).status).toBe(200);
    expect(cancelled).toEqual([401]);
  });

  it('hands the 401 on when the vault has no other key', async () => {
    const { key, account } = await givenApp();
    account.keys.clear();
    const response = await withFreshKey(key, account.fetch)(TRANSLATE);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: '401' } });
    expect(account.received).toHaveLength(1);
  });

  it('repeats with one other key only, however fast keys change and slow requests are', async () => {
    const { key, account, secret, runtime } = await givenStaleKey();
    account.keys.clear();
    const slowFetch: typeof fetch = async (input) => {
      await runtime.advance(5_000);
      secret.value = `key-${runtime.now()}`;
      return account.fetch(input);
    };
    expect((await withFreshKey(key, slowFetch)(TRANSLATE)).status).toBe(401);
    expect(account.received).toHaveLength(2);
  });

  it('refuses redirects, which would carry the key elsewhere', async () => {
    const { key } = await givenApp();
    const redirects: string[] = [];
    const fetch = async (input: string | URL | Request) => {
      redirects.push((input as Request).redirect);
      return new Response();
    };
    await withFreshKey(key, fetch)(TRANSLATE);
    await withFreshKey(key, fetch)(new Request(TRANSLATE));
    await withFreshKey(key, fetch)(TRANSLATE, { redirect: 'manual' });
    expect(redirects).toEqual(['error', 'error', 'manual']);
  });
});

describe('a body', () => {
  const text = 'x'.repeat(100_000);

  it.each<[string, () => RequestInit]>([
    ['a string', () => ({ body: text })],
    ['bytes', () => ({ body: Buffer.from(text) })],
    ['a blob', () => ({ body: new Blob([text]) })],
    ['parameters', () => ({ body: new URLSearchParams({ text }) })],
    ['a form', () => ({ body: formOf(text) })],
  ])('that is %s is repeated', async (_kind, init) => {
    const { fetch, account } = await givenStaleKey();
    expect((await fetch(TRANSLATE, { method: 'POST', ...init() })).status).toBe(200);
    const bodies = account.received.map(({ body }) => body);
    expect(bodies).toHaveLength(2);
    for (const body of bodies) expect(body).toContain(text);
  });

  it('of a Request is repeated, or the one that the options put in its place', async () => {
    const { fetch, account } = await givenStaleKey();
    const request = () => new Request(TRANSLATE, { method: 'POST', body: text });
    expect((await fetch(request())).status).toBe(200);
    expect(account.received.map(({ body }) => body)).toEqual([text, text]);
    await fetch(request(), { body: 'other' });
    expect(account.received.at(-1)?.body).toBe('other');
  });

  it.each<[string, () => NonNullable<RequestInit['body']>]>([
    ['a web stream', () => new Blob([text]).stream()],
    ['a Node stream', () => Readable.from([text])],
  ])('that is %s is sent once, and the next request has the new key', async (_kind, body) => {
    const { fetch, account } = await givenStaleKey();
    const response = await fetch(TRANSLATE, { method: 'POST', body: body(), duplex: 'half' });
    expect(response.status).toBe(401);
    expect(account.received.map(({ body }) => body)).toEqual([text]);
    expect((await fetch(TRANSLATE)).status).toBe(200);
    expect(account.received).toHaveLength(2);
  });

  it('goes over a real connection, repeated or not', async () => {
    const { key } = await givenStaleKey();
    const url = await givenServer('second-key');
    const fetch = withFreshKey(key);
    const stream = { method: 'POST', body: new Blob([text]).stream(), duplex: 'half' } as const;
    expect((await fetch(url, stream)).status).toBe(401);
    expect(await (await fetch(url, { method: 'POST', body: text })).text()).toBe('100000');
  });

  it('of a Request goes over a real connection twice', async () => {
    const { key } = await givenStaleKey();
    const url = await givenServer('second-key');
    const request = new Request(url, { method: 'POST', body: text });
    expect(await (await withFreshKey(key)(request)).text()).toBe('100000');
  });
});

function formOf(text: string): FormData {
  const form = new FormData();
  form.set('text', text);
  return form;
}

/** A server that lets one key in and answers the length of the body. */
async function givenServer(accepted: string): Promise<string> {
  const server = createServer((request, response) => {
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    request.on('end', () => {
      const right = request.headers['ocp-apim-subscription-key'] === accepted;
      response.writeHead(right ? 200 : 401).end(String(length));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
