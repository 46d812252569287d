import { describe, expect, it } from 'vitest';
import { KEY_HEADER, withFreshKey } from '../../shared/client/freshKeyFetch.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { ENDPOINT, FakeAccount, FakeEntra, givenApp } from './account.ts';
import { fingerprintOf, givenKey, keyActivated } from './fixtures.ts';

const URL = `${ENDPOINT}translate`;

const keylessEvent = keyActivated(
  'first-key',
  { activeSlot: null, fingerprint: null, secretId: null, secretVersion: null },
  { type: EVENT_TYPES.keyRetired },
);

async function givenKeylessApp() {
  const app = await givenApp();
  const { key, account, secret } = app;
  account.keyless = true;
  secret.disabled = true;
  const fetch = withFreshKey(key, account.fetch);
  expect((await fetch(URL)).status).toBe(200);
  return { ...app, fetch };
}

describe('an account that takes no keys any more', () => {
  it('is called with an Entra ID token, without one failed request', async () => {
    const { fetch, account, entra, key, notices } = await givenKeylessApp();
    expect((await fetch(URL)).status).toBe(200);
    expect(account.received.map(({ key, authorization }) => key ?? authorization)).toEqual([
      'first-key',
      'Bearer entra-token',
      'Bearer entra-token',
    ]);
    expect(entra.scopes).toEqual(['https://cognitiveservices.azure.com/.default']);
    expect(key.keyless).toBe(true);
    const fingerprint = fingerprintOf('first-key');
    expect(notices.filter(({ kind }) => kind === 'keyless')).toEqual([
      { kind: 'keyless', fingerprint },
    ]);
  });

  it('gets no key that the app itself put there', async () => {
    const { fetch, account } = await givenKeylessApp();
    expect((await fetch(URL, { headers: { [KEY_HEADER]: 'placeholder' } })).status).toBe(200);
    expect(account.received.at(-1)).toMatchObject({ key: null });
  });

  it('is asked for tokens of the scope that the app names', async () => {
    const credential = new FakeEntra(() => 0);
    const scope = 'https://cognitiveservices.azure.us/.default';
    const { key, account } = await givenApp({ keyless: { credential, scope } });
    account.keyless = true;
    await withFreshKey(key, account.fetch)(URL);
    expect(credential.scopes).toEqual([scope]);
  });

  it('lets an app start that never had a key', async () => {
    const credential = new FakeEntra(() => 0);
    const { key, secret, notices } = givenKey({ keyless: { credential } });
    secret.disabled = true;
    await key.ready();
    const account = new FakeAccount();
    account.keyless = true;
    expect((await withFreshKey(key, account.fetch)(URL)).status).toBe(200);
    expect(account.received).toHaveLength(1);
    expect(key.key).toBe('keyless');
    expect(notices.at(-1)).toEqual({ kind: 'keyless', fingerprint: undefined });
  });

  it('stops an app that is not ready for it, and says what to do', async () => {
    const { key, secret } = givenKey();
    secret.disabled = true;
    await expect(key.ready()).rejects.toThrow('set the option keyless');
    expect(() => key.key).toThrow('await ready()');
  });

  it('has its refusal handed on by an app that is not ready for it', async () => {
    const { key } = givenKey();
    await key.ready();
    const account = new FakeAccount();
    account.keyless = true;
    const response = await withFreshKey(key, account.fetch)(URL);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: { code: 'AuthenticationTypeDisabled' } });
    expect(account.received).toHaveLength(1);
  });

  it('is left to Entra ID when it answers 401 to a key whose secret is disabled', async () => {
    const { key, secret, account } = await givenApp();
    account.keys.clear();
    secret.disabled = true;
    expect((await withFreshKey(key, account.fetch)(URL)).status).toBe(200);
    expect(key.keyless).toBe(true);
  });

  it('rejects as the Entra ID credential does', async () => {
    const { key, account, entra } = await givenApp();
    account.keyless = true;
    entra.failure = new Error('no identity here');
    await expect(withFreshKey(key, account.fetch)(URL)).rejects.toThrow('no identity here');
  });
});

describe('the word of others', () => {
  it('that the account goes keyless makes the app look, and stay with a key that works', async () => {
    const { key, secret, account, runtime } = await givenApp();
    const outcome = key.handleEvent(keylessEvent);
    await runtime.advance(10_000);
    expect(await outcome).toBe('handled');
    expect(secret.reads).toBe(1 + 3);
    expect(key.keyless).toBe(false);
    expect((await withFreshKey(key, account.fetch)(URL)).status).toBe(200);
    expect(account.received[0]?.key).toBe('first-key');
  });

  it('that the secret is disabled does not take a key away that still works', async () => {
    const { key, secret, account, notices } = await givenApp();
    secret.disabled = true;
    expect(await key.handleEvent(keylessEvent)).toBe('handled');
    expect(secret.reads).toBe(2);
    expect(notices.at(-1)).toMatchObject({ kind: 'secretDisabled', reasons: ['keyRetired'] });
    expect((await withFreshKey(key, account.fetch)(URL)).status).toBe(200);
    expect(account.received.map(({ key }) => key)).toEqual(['first-key']);
  });

  it('that an address is forbidden is no reason to change', async () => {
    const { key, account } = await givenApp();
    account.failure = 403;
    expect((await withFreshKey(key, account.fetch)(URL)).status).toBe(403);
    expect(key.keyless).toBe(false);
  });
});

describe('keys that come back', () => {
  it('are used when an event announces one', async () => {
    const { fetch, key, secret, account } = await givenKeylessApp();
    secret.disabled = false;
    secret.value = 'second-key';
    account.keyless = false;
    account.keys.add('second-key');
    expect(await key.handleEvent(keyActivated('second-key'))).toBe('handled');
    expect((await fetch(URL)).status).toBe(200);
    expect(account.received.at(-1)?.key).toBe('second-key');
  });

  it('are used when a poll finds the secret enabled again, the same key or another', async () => {
    const { fetch, secret, account, runtime } = await givenKeylessApp();
    await runtime.advance(11 * 60_000);
    secret.disabled = false;
    account.keyless = false;
    await runtime.advance(11 * 60_000);
    expect((await fetch(URL)).status).toBe(200);
    expect(account.received.at(-1)?.key).toBe('first-key');
  });

  it('are given up again without a failed request when the account still takes none', async () => {
    const { fetch, key, secret, account } = await givenKeylessApp();
    secret.disabled = false;
    secret.value = 'second-key';
    await key.reload('test');
    expect((await fetch(URL)).status).toBe(200);
    expect(key.keyless).toBe(true);
    expect(account.received.at(-2)?.key).toBe('second-key');
  });

  it('are used for a request whose old key was refused while they came', async () => {
    const { key, secret, account } = await givenApp();
    account.keyless = true;
    const fetch: typeof globalThis.fetch = async (input) => {
      const response = await account.fetch(input);
      account.keyless = false;
      account.keys.add('second-key');
      if (secret.value !== 'second-key') secret.value = 'second-key';
      await key.reload('test');
      return response;
    };
    expect((await withFreshKey(key, fetch)(URL)).status).toBe(200);
    expect(account.received.at(-1)?.key).toBe('second-key');
    expect(key.keyless).toBe(false);
  });

  it('are tried when the account refuses the token, at most once a second', async () => {
    const { fetch, key, secret, account, runtime } = await givenKeylessApp();
    secret.disabled = false;
    account.tokens.clear();
    await key.reload('test');
    account.keyless = true;
    expect((await fetch(URL)).status).toBe(401);
    const before = account.received.length;
    await runtime.advance(1_000);
    expect((await fetch(URL)).status).toBe(401);
    expect((await fetch(URL)).status).toBe(401);
    expect(account.received.length - before).toBe(3 + 1);
    await runtime.advance(1_000);
    account.keyless = false;
    expect((await fetch(URL)).status).toBe(200);
    expect(key.keyless).toBe(false);
  });
});
