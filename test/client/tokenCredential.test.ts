import { inspect } from 'node:util';
import { isTokenCredential } from '@azure/core-auth';
import { describe, expect, it } from 'vitest';
import { tokenCredential } from '../../shared/client/tokenCredential.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { ENDPOINT, FakeAccount, givenApp } from './account.ts';
import { givenKey, keyActivated, settle } from './fixtures.ts';

const MINUTE = 60_000;
const SCOPE = 'https://cognitiveservices.azure.com/.default';

async function givenTokens() {
  const app = await givenApp();
  const credential = tokenCredential(app.key, ENDPOINT, app.account.fetch);
  const getToken = async () => (await credential.getToken(SCOPE))?.token;
  /** Like `getToken`, with time moving on while it waits; resolves with the error's reason, too. */
  const getTokenWithin = async (ms: number) => {
    const outcome = getToken().catch((error) => error.reason ?? error.message);
    await app.runtime.advance(ms);
    return outcome;
  };
  return { ...app, credential, getToken, getTokenWithin };
}

describe('a token of the account', () => {
  it('is issued for the active key', async () => {
    const { credential, account, runtime } = await givenTokens();
    const token = await credential.getToken(SCOPE);
    expect(token).toEqual({
      token: 'issued.to-first-key.1',
      expiresOnTimestamp: runtime.now() + 9.5 * MINUTE,
      refreshAfterTimestamp: runtime.now(),
      tokenType: 'Bearer',
    });
    expect(account.received).toEqual([
      { path: '/sts/v1.0/issueToken', key: 'first-key', authorization: null, body: '' },
    ]);
  });

  it('is fetched once for all who ask at a time', async () => {
    const { getToken, account } = await givenTokens();
    const tokens = await Promise.all(Array.from({ length: 200 }, getToken));
    expect(new Set(tokens)).toEqual(new Set(['issued.to-first-key.1']));
    expect(account.exchanges).toHaveLength(1);
  });

  it('is renewed in the background after eight minutes, not before', async () => {
    const { credential, getToken, account, runtime } = await givenTokens();
    await getToken();
    await runtime.advance(8 * MINUTE - 1);
    await getToken();
    await settle();
    expect(account.exchanges).toHaveLength(1);
    expect((await credential.getToken(SCOPE))?.expiresOnTimestamp).toBe(
      runtime.now() + 1.5 * MINUTE + 1,
    );
    await runtime.advance(1);
    expect(await getToken()).toBe('issued.to-first-key.1');
    await settle();
    expect(await getToken()).toBe('issued.to-first-key.2');
  });

  it('is renewed up to a tenth sooner, so that a fleet of apps does not ask in step', async () => {
    const { getToken, account, runtime } = await givenTokens();
    runtime.random = () => 0;
    await getToken();
    await runtime.advance(0.9 * 8 * MINUTE);
    await getToken();
    await settle();
    expect(account.exchanges).toHaveLength(2);
  });

  it('is asked for without following a redirect, which would carry the key elsewhere', async () => {
    const { key, account } = await givenApp();
    const redirects: unknown[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      redirects.push(init?.redirect);
      return account.fetch(input, init);
    };
    await tokenCredential(key, ENDPOINT, fetch).getToken(SCOPE);
    expect(redirects).toEqual(['error']);
  });

  it('is not used for its last half minute', async () => {
    const { getToken, runtime } = await givenTokens();
    await getToken();
    await runtime.advance(9.5 * MINUTE);
    expect(await getToken()).toBe('issued.to-first-key.2');
  });

  it.each([
    ['back', -5 * MINUTE],
    ['forward', 5 * MINUTE],
  ])('is renewed in time although the clock is set %s by five minutes', async (_way, errorMs) => {
    const { getToken, account, runtime } = await givenTokens();
    await getToken();
    runtime.clockErrorMs = errorMs;
    await runtime.advance(9.5 * MINUTE);
    expect(await getToken()).toBe('issued.to-first-key.2');
    expect(account.exchanges).toHaveLength(2);
  });

  it('makes way at once for one of a new key', async () => {
    const { key, secret, account, getToken } = await givenTokens();
    await getToken();
    secret.value = 'second-key';
    account.keys.add('second-key');
    await key.handleEvent(keyActivated('second-key'));
    expect(await getToken()).toBe('issued.to-second-key.2');
  });

  it('is issued for another key when the one at hand is refused', async () => {
    const { secret, account, getToken } = await givenTokens();
    secret.value = 'second-key';
    account.keys.add('second-key').delete('first-key');
    expect(await getToken()).toBe('issued.to-second-key.1');
    expect(secret.reads).toBe(2);
  });

  it('waits for the key', async () => {
    const { key } = givenKey();
    const account = new FakeAccount();
    const credential = tokenCredential(key, ENDPOINT, account.fetch);
    expect((await credential.getToken(SCOPE))?.token).toBe('issued.to-first-key.1');
  });

  it('comes from a TokenCredential to the Azure SDKs, which prints neither key nor token', async () => {
    const { credential, getToken, notices } = await givenTokens();
    const token = await getToken();
    expect(isTokenCredential(credential)).toBe(true);
    const printed = inspect(credential, { showHidden: true, depth: 9 });
    expect(printed + JSON.stringify([credential, notices])).not.toMatch(`first-key|${token}`);
  });

  it.each(['http://vision.example', 'vision.example', ''])('is not asked for at %s', (endpoint) => {
    const { key } = givenKey();
    expect(() => tokenCredential(key, endpoint)).toThrow('Expected an https endpoint');
  });
});

describe('an account that issues no token', () => {
  it.each([
    [401, 'KeyRefused'],
    [403, 'Forbidden'],
    [404, 'NotOffered'],
    [429, 'Unavailable'],
    [503, 'Unavailable'],
    [0, 'Unavailable'],
    [302, 'UnexpectedAnswer'],
  ])('with %i is named %s', async (status, reason) => {
    const { account, getTokenWithin } = await givenTokens();
    account.failure = status;
    expect(await getTokenWithin(MINUTE)).toBe(reason);
  });

  it('but something else is named so, and its answer is not shown', async () => {
    const { key } = await givenTokens();
    const fetch = async () => new Response('<html>log in</html>');
    const error = await tokenCredential(key, ENDPOINT, fetch).getToken(SCOPE).catch(String);
    expect(error).toBe(`TokenError: ${ENDPOINT}sts/v1.0/issueToken: answered 200.`);
  });

  it('is asked three times when it is away', async () => {
    const { account, getTokenWithin } = await givenTokens();
    account.failures.push(503, 0);
    expect(await getTokenWithin(3_000)).toBe('issued.to-first-key.1');
    expect(account.exchanges).toHaveLength(3);
  });

  it('is not asked a fourth time', async () => {
    const { account, getTokenWithin } = await givenTokens();
    account.failure = 429;
    await getTokenWithin(MINUTE);
    expect(account.exchanges).toHaveLength(3);
  });

  it('leaves the token at hand in use until its end, and is asked ever more seldom', async () => {
    const { account, getToken, getTokenWithin, runtime, notices } = await givenTokens();
    await getToken();
    await runtime.advance(8 * MINUTE);
    account.failure = 503;
    for (let second = 0; second < 80; second += 1) {
      expect(await getTokenWithin(1_000)).toBe('issued.to-first-key.1');
    }
    expect(account.exchanges).toHaveLength(1 + 7);
    expect(notices.at(-1)?.kind).toBe('tokenRenewalFailed');
    await runtime.advance(MINUTE);
    expect(await getTokenWithin(MINUTE)).toBe('Unavailable');
  });

  it('at the moment of the switch leaves the token of the old key in use', async () => {
    const { key, secret, account, getToken } = await givenTokens();
    await getToken();
    secret.value = 'second-key';
    account.failure = 503;
    await key.reload('test');
    expect(await getToken()).toBe('issued.to-first-key.1');
    account.failure = undefined;
    account.keys.add('second-key');
    expect(await getToken()).toBe('issued.to-second-key.2');
  });
});

describe('the way to keyless', () => {
  it('is taken when the account refuses the exchange for being keyless', async () => {
    const { key, account, entra, getToken } = await givenTokens();
    account.keyless = true;
    expect(await getToken()).toBe('entra-token');
    expect(await getToken()).toBe('entra-token');
    expect(account.exchanges).toHaveLength(1);
    expect(entra.scopes).toEqual([SCOPE]);
    expect(key.keyless).toBe(true);
  });

  it('is looked for half a minute after the secret was disabled, though the token is alive', async () => {
    const { key, secret, account, getToken, runtime } = await givenTokens();
    await getToken();
    secret.disabled = true;
    const event = keyActivated('x', { activeSlot: null, fingerprint: null });
    await key.handleEvent({ ...event, type: EVENT_TYPES.keyRetired });
    await runtime.advance(29_999);
    expect(await getToken()).toBe('issued.to-first-key.1');
    await runtime.advance(1);
    expect(await getToken()).toBe('issued.to-first-key.2');
    account.keyless = true;
    await runtime.advance(30_000);
    expect(await getToken()).toBe('entra-token');
  });

  it('leads back when a key is published again', async () => {
    const { key, secret, account, getToken } = await givenTokens();
    account.keyless = true;
    await getToken();
    account.keyless = false;
    account.keys.add('second-key');
    secret.value = 'second-key';
    await key.handleEvent(keyActivated('second-key'));
    expect(await getToken()).toBe('issued.to-second-key.1');
  });

  it('passes a claims challenge on to the Entra ID credential', async () => {
    const { credential, account, entra, getToken } = await givenTokens();
    account.keyless = true;
    await getToken();
    await credential.getToken(SCOPE, { claims: '{}' });
    expect(entra.scopes).toHaveLength(2);
  });

  it('does not wait for an Entra ID credential that never answers', async () => {
    const { account, entra, getToken, getTokenWithin } = await givenTokens();
    account.keyless = true;
    entra.getToken = () => new Promise(() => {});
    expect(await getTokenWithin(MINUTE)).toBe('Token: no answer within 60 s.');
    delete (entra as Partial<typeof entra>).getToken;
    expect(await getToken()).toBe('entra-token');
  });

  it('keeps an Entra ID token until ten minutes before its end', async () => {
    const { account, entra, getToken, runtime } = await givenTokens();
    account.keyless = true;
    await getToken();
    await runtime.advance(50 * MINUTE - 1);
    await getToken();
    expect(entra.scopes).toHaveLength(1);
    await runtime.advance(1);
    await getToken();
    expect(entra.scopes).toHaveLength(2);
  });

  it('ends in a named error for an app that is not ready for it', async () => {
    const { key } = givenKey();
    const account = new FakeAccount();
    account.keyless = true;
    const credential = tokenCredential(key, ENDPOINT, account.fetch);
    await expect(credential.getToken(SCOPE)).rejects.toMatchObject({ reason: 'KeysDisabled' });
  });
});
