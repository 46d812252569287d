import { describe, expect, it } from 'vitest';
import { keyEventFor } from '../../shared/client/keyEvents.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import {
  API_URL,
  fingerprintOf,
  givenKey,
  keyActivated,
  SECRET_NAME,
  settle,
  VAULT_URL,
} from './fixtures.ts';

const acknowledgement = { subscriber: 'web-shop', apiUrl: API_URL };

function bodyOf(request: { init: RequestInit } | undefined): unknown {
  return JSON.parse(String(request?.init.body));
}

async function givenLoadedKey(options: Parameters<typeof givenKey>[0] = {}) {
  const given = givenKey(options);
  await given.key.ready();
  return given;
}

describe('an event', () => {
  it('about a new key of this secret makes it reload', async () => {
    const { key, secret } = await givenLoadedKey();
    secret.value = 'second-key';
    expect(await key.handleEvent(keyActivated('second-key'))).toBe('handled');
    expect(key.key).toBe('second-key');
  });

  it('about the key at hand causes no read', async () => {
    const { key, secret } = await givenLoadedKey();
    expect(await key.handleEvent(keyActivated('first-key'))).toBe('handled');
    expect(secret.reads).toBe(1);
  });

  it('that reminds of a retiring key makes an app reload that missed the first one', async () => {
    const { key, secret } = await givenLoadedKey();
    secret.value = 'second-key';
    const reminder = keyActivated('second-key', {}, { type: EVENT_TYPES.keyRetiring });
    expect(await key.handleEvent(reminder)).toBe('handled');
    expect(key.key).toBe('second-key');
  });

  it('that a key is retired makes an app reload that missed all before, and is not acknowledged', async () => {
    const { key, secret, runtime } = await givenLoadedKey({ acknowledgement });
    secret.value = 'second-key';
    const retired = keyActivated('second-key', {}, { type: EVENT_TYPES.keyRetired });
    expect(await key.handleEvent(retired)).toBe('handled');
    await settle();
    expect(key.key).toBe('second-key');
    expect(runtime.requests).toEqual([]);
  });

  it("in Event Grid's own schema is as good as a CloudEvent", async () => {
    const { key, secret } = await givenLoadedKey();
    secret.value = 'second-key';
    const { id, type, subject, time, data } = keyActivated('second-key');
    const topic = '/subscriptions/s/resourceGroups/g/providers/Microsoft.EventGrid/topics/t';
    const wrapped = {
      id,
      topic,
      subject,
      eventType: type,
      eventTime: time,
      data,
      dataVersion: '1',
    };
    expect(await key.handleEvent(wrapped)).toBe('handled');
    expect(key.key).toBe('second-key');
    expect(await key.handleEvent(wrapped)).toBe('duplicate');
  });

  it.each([
    ['of another type', keyActivated('x', {}, { type: EVENT_TYPES.rotationDelayed })],
    ['of another secret', keyActivated('x', { secretName: 'other-key' })],
    ['of another vault', keyActivated('x', { vaultUri: 'https://evil.example' })],
    ['of an activated key that names none', keyActivated('x', { fingerprint: null })],
    ['of a type that objects inherit', { ...keyActivated('x'), type: 'constructor' }],
    ['without an id', { ...keyActivated('x'), id: undefined }],
    ['without data', { ...keyActivated('x'), data: null }],
    ['that is null', null],
    ['that is text', 'KeyActivated'],
  ])('%s is ignored', async (_name, event) => {
    const { key, secret } = await givenLoadedKey();
    expect(await key.handleEvent(event)).toBe('ignored');
    expect(secret.reads).toBe(1);
  });

  it('names the vault and the secret in any casing, with or without a trailing slash', async () => {
    const { key } = await givenLoadedKey();
    const event = keyActivated('first-key', {
      vaultUri: 'https://Contoso.vault.azure.net/',
      secretName: 'Vision-Key',
    });
    expect(await key.handleEvent(event)).toBe('handled');
  });

  it('that comes twice is handled once', async () => {
    const { key, secret } = await givenLoadedKey();
    secret.value = 'second-key';
    await key.handleEvent(keyActivated('second-key'));
    expect(await key.handleEvent(keyActivated('second-key'))).toBe('duplicate');
    expect(secret.reads).toBe(2);
  });

  it.each([
    ['names another key', { fingerprint: fingerprintOf('first-key') }],
    ['names another address', { acknowledgeUrl: 'https://evil.example/acks' }],
  ])('is no copy of a forged one with its id that came first and %s', async (_how, data) => {
    const { key, secret, runtime } = await givenLoadedKey({ acknowledgement });
    secret.value = 'second-key';
    await key.handleEvent(keyActivated('second-key', data));
    expect(await key.handleEvent(keyActivated('second-key'))).toBe('handled');
    await settle();
    expect(key.key).toBe('second-key');
    expect(bodyOf(runtime.requests.at(-1))).toMatchObject({
      fingerprint: fingerprintOf('second-key'),
    });
  });

  it('for a key that is closed is to be sent again: to whatever comes after this process', async () => {
    const { key, secret, runtime } = await givenLoadedKey({ acknowledgement });
    key.close();
    expect(await key.handleEvent(keyActivated('first-key'))).toBe('failed');
    expect(await key.handleEvent(keyActivated('x', { secretName: 'other-key' }))).toBe('ignored');
    expect(secret.reads).toBe(1);
    expect(runtime.requests).toEqual([]);
  });

  it('is to be sent again when the key is closed before the vault shows what it announces', async () => {
    const { key, runtime } = await givenLoadedKey();
    const outcome = key.handleEvent(keyActivated('second-key'));
    await settle();
    key.close();
    expect(await outcome).toBe('failed');
    expect(runtime.pending).toEqual([]);
  });

  it('is remembered in little room, however long what it says', () => {
    const place = { vaultUrl: VAULT_URL, secretName: SECRET_NAME };
    const long = keyActivated('x', {}, { id: 'x'.repeat(500_000) });
    expect(keyEventFor(place, long)?.key).toHaveLength(44);
  });

  it('that comes twice at a time is handled once, and fails for both when the vault is away', async () => {
    const { key, secret, runtime } = await givenLoadedKey({ acknowledgement });
    const event = keyActivated('second-key');
    secret.failure = new Error('vault away');
    const failed = await Promise.all([key.handleEvent(event), key.handleEvent(event)]);
    expect(failed).toEqual(['failed', 'failed']);
    secret.failure = undefined;
    secret.value = 'second-key';
    const handled = await Promise.all([key.handleEvent(event), key.handleEvent(event)]);
    expect(handled).toEqual(['handled', 'duplicate']);
    await settle();
    expect(secret.reads).toBe(1 + 1 + 1);
    expect(runtime.requests).toHaveLength(1);
  });

  it('that failed for want of the vault is handled when it comes again', async () => {
    const { key, secret } = await givenLoadedKey();
    secret.failure = new Error('vault away');
    expect(await key.handleEvent(keyActivated('second-key'))).toBe('failed');
    secret.failure = undefined;
    secret.value = 'second-key';
    expect(await key.handleEvent(keyActivated('second-key'))).toBe('handled');
    expect(key.key).toBe('second-key');
  });

  it('ahead of what the vault shows makes it look again', async () => {
    const { key, secret, runtime } = await givenLoadedKey();
    const outcome = key.handleEvent(keyActivated('second-key'));
    await settle();
    secret.value = 'second-key';
    await runtime.advance(1_000);
    expect(await outcome).toBe('handled');
    expect(key.key).toBe('second-key');
  });

  it('about a key that is gone by now costs three reads and no acknowledgement', async () => {
    const { key, secret, runtime } = await givenLoadedKey({ acknowledgement });
    const outcome = key.handleEvent(keyActivated('long-gone-key'));
    await runtime.advance(10_000);
    expect(await outcome).toBe('handled');
    expect(secret.reads).toBe(4);
    expect(runtime.requests).toEqual([]);
  });
});

describe('an acknowledgement', () => {
  it('names the subscriber and the fingerprint of the key in use', async () => {
    const headers = () => ({ 'x-functions-key': 'code' });
    const { key, runtime, notices } = await givenLoadedKey({
      acknowledgement: { ...acknowledgement, headers },
    });
    await key.handleEvent(keyActivated('first-key'));
    await settle();
    expect(runtime.requests[0]?.url).toBe(
      `${API_URL}/accounts/s/g/vision/rotations/rotation-1/acks`,
    );
    expect(JSON.parse(String(runtime.requests[0]?.init.body))).toEqual({
      subscriber: 'web-shop',
      fingerprint: fingerprintOf('first-key'),
    });
    expect(runtime.requests[0]?.init.headers).toMatchObject({ 'x-functions-key': 'code' });
    expect(notices.at(-1)?.kind).toBe('acknowledged');
  });

  it('is repeated while the service is away, throttled or broken', async () => {
    const { key, runtime, notices } = await givenLoadedKey({ acknowledgement });
    runtime.answers = [0, 429, 503, 202];
    await key.handleEvent(keyActivated('first-key'));
    await runtime.advance(1_000 + 2_000 + 4_000);
    expect(runtime.requests).toHaveLength(4);
    expect(notices.at(-1)?.kind).toBe('acknowledged');
  });

  it('is repeated when the headers for it do not come', async () => {
    let asked = 0;
    const headers = () => (asked++ ? {} : new Promise<Record<string, string>>(() => {}));
    const { key, runtime } = await givenLoadedKey({
      acknowledgement: { ...acknowledgement, headers },
    });
    await key.handleEvent(keyActivated('first-key'));
    await runtime.advance(10_000 + 1_000);
    expect(runtime.requests).toHaveLength(1);
  });

  it('is given up after eight attempts', async () => {
    const { key, runtime, notices } = await givenLoadedKey({ acknowledgement });
    runtime.answers = [503];
    await key.handleEvent(keyActivated('first-key'));
    await runtime.advance(10 * 60_000);
    expect(runtime.requests).toHaveLength(8);
    expect(notices.some(({ kind }) => kind === 'acknowledgementFailed')).toBe(true);
  });

  it('is not repeated when the service refuses it, as it does when it does not list the app', async () => {
    const { key, runtime, notices } = await givenLoadedKey({ acknowledgement });
    runtime.answers = [403];
    runtime.answerBody = JSON.stringify({
      detail: 'the tag key-rotation-subscribers lists nobody',
    });
    await key.handleEvent(keyActivated('first-key'));
    await runtime.advance(60_000);
    expect(runtime.requests).toHaveLength(1);
    const { kind, error } = notices.at(-1) as { kind: string; error: Error };
    expect(kind).toBe('acknowledgementFailed');
    expect(error.message).toMatch(/answered 403: the tag key-rotation-subscribers lists nobody.$/);
  });

  it.each([
    [{ subscriber: '', apiUrl: API_URL }, "subscriber's name"],
    [{ subscriber: 'web-shop', apiUrl: 'twinkey' }, 'apiUrl to be a URL, found twinkey'],
  ])('that could never be sent is refused from the start: %j', (wrong, message) => {
    expect(() => givenKey({ acknowledgement: wrong })).toThrow(message);
  });

  it.each([
    'https://evil.example/api/accounts/s/g/vision/rotations/rotation-1/acks',
    'https://twinkey.example/apiary/acks',
    'https://twinkey.example/api/../admin',
    'https://twinkey.example@evil.example/api/acks',
    'https://twinkey.example/api/accounts/s/g/vision/rotations',
    'https://twinkey.example/api/accounts/s/g/vision/rotations/rotation-1/rollback',
    'https://twinkey.example/api/accounts/s/g/vision/rotations/rotation-1/acks?code=x',
    'https://me:secret@twinkey.example/api/accounts/s/g/vision/rotations/rotation-1/acks',
    'not a url',
  ])('never goes outside the configured API: %s', async (acknowledgeUrl) => {
    const { key, runtime, notices } = await givenLoadedKey({ acknowledgement });
    await key.handleEvent(keyActivated('first-key', { acknowledgeUrl }));
    await settle();
    expect(runtime.requests).toEqual([]);
    expect(notices.at(-1)?.kind).toBe('acknowledgementFailed');
  });

  it('ends with the key', async () => {
    const { key, runtime, notices } = await givenLoadedKey({ acknowledgement });
    runtime.answers = [503];
    await key.handleEvent(keyActivated('first-key'));
    await settle();
    key.close();
    await settle();
    expect(runtime.pending).toEqual([]);
    expect(notices.some(({ kind }) => kind === 'acknowledgementFailed')).toBe(false);
  });

  it('goes to an API at the root of its host, too', async () => {
    const apiUrl = 'https://twinkey.example';
    const { key, runtime } = await givenLoadedKey({
      acknowledgement: { ...acknowledgement, apiUrl },
    });
    const acknowledgeUrl = `${apiUrl}/accounts/s/g/vision/rotations/rotation-1/acks`;
    await key.handleEvent(keyActivated('first-key', { acknowledgeUrl }));
    await settle();
    expect(runtime.requests[0]?.url).toBe(acknowledgeUrl);
  });

  it('is not sent by an app without a subscriber name', async () => {
    const { key, runtime } = await givenLoadedKey();
    await key.handleEvent(keyActivated('first-key'));
    await settle();
    expect(runtime.requests).toEqual([]);
  });
});
