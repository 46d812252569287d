import { describe, expect, it } from 'vitest';
import {
  API_URL,
  fingerprintOf,
  givenKey,
  keyActivated,
  settle,
  type VirtualRuntime,
} from './fixtures.ts';

const MINUTE = 60_000;
const acknowledgement = { subscriber: 'web-shop', apiUrl: API_URL };
const ACCOUNT_ID =
  '/subscriptions/s/resourcegroups/g/providers/microsoft.cognitiveservices/accounts/vision';
const URL_OF_ROTATION_1 = `${API_URL}/accounts/s/g/vision/rotations/rotation-1/acks`;

/** An app that takes no events, of a key that rotation 1 published. */
function givenPollingApp(options: Parameters<typeof givenKey>[0] = { acknowledgement }) {
  const given = givenKey({ pollIntervalMs: 10 * MINUTE, ...options });
  given.secret.publication = { accountId: ACCOUNT_ID, rotationId: 'rotation-1' };
  return given;
}

/** What was said, in turn. */
function saidTo({ requests }: VirtualRuntime) {
  return requests.map(({ url, init }) => [url, JSON.parse(String(init.body)).fingerprint]);
}

describe('an app that gets no events', () => {
  it('acknowledges the key that it starts with, and each one that its poll finds, once', async () => {
    const { key, secret, runtime, notices } = givenPollingApp();
    await key.ready();
    await runtime.advance(30 * MINUTE);
    expect(saidTo(runtime)).toEqual([[URL_OF_ROTATION_1, fingerprintOf('first-key')]]);
    secret.value = 'second-key';
    secret.publication = { accountId: ACCOUNT_ID, rotationId: 'rotation 2' };
    await runtime.advance(30 * MINUTE);
    expect(saidTo(runtime).slice(1)).toEqual([
      [`${API_URL}/accounts/s/g/vision/rotations/rotation%202/acks`, fingerprintOf('second-key')],
    ]);
    expect(notices.filter(({ kind }) => kind === 'acknowledged')).toHaveLength(2);
  });

  it.each([
    ['away for long', 503, 8],
    ['behind the vault', 409, 1],
    ['not told of the app', 403, 1],
  ])(
    'says it again after its next poll when the service was %s',
    async (_how, status, attempts) => {
      const { key, runtime, notices } = givenPollingApp();
      runtime.answers = [...Array<number>(attempts).fill(status), 204];
      await key.ready();
      await runtime.advance(9 * MINUTE);
      expect(runtime.requests).toHaveLength(attempts);
      await runtime.advance(30 * MINUTE);
      expect(runtime.requests).toHaveLength(attempts + 1);
      expect(notices.filter(({ kind }) => kind === 'acknowledged')).toHaveLength(1);
    },
  );

  it('acknowledges nothing unless it has a name to do so', async () => {
    const { key, runtime } = givenPollingApp({});
    await key.ready();
    await runtime.advance(MINUTE);
    expect(runtime.requests).toEqual([]);
  });

  it.each([
    ['its account is cut off', ACCOUNT_ID.slice(9)],
    ['its account is no resource', 'https://evil.example'],
    ['its account climbs', '/subscriptions/../resourcegroups/../providers/x/accounts/..'],
  ])('sends nothing to another place when %s', async (_what, accountId) => {
    const { key, secret, runtime } = givenPollingApp();
    secret.publication = { accountId, rotationId: 'rotation-1' };
    await key.ready();
    await runtime.advance(MINUTE);
    expect(runtime.requests).toEqual([]);
  });

  it('leaves no timer behind when it is closed while the service is away', async () => {
    const { key, runtime } = givenPollingApp();
    runtime.answers = [503];
    await key.ready();
    await settle();
    key.close();
    await settle();
    expect(runtime.pending).toEqual([]);
  });
});

describe('an app that gets events too', () => {
  it('says once what both the event and its read ask for', async () => {
    const { key, secret, runtime } = givenPollingApp();
    await key.ready();
    await settle();
    secret.value = 'second-key';
    secret.publication = { accountId: ACCOUNT_ID, rotationId: 'rotation-1' };
    await key.handleEvent(keyActivated('second-key'));
    await runtime.advance(30 * MINUTE);
    expect(saidTo(runtime).slice(1)).toEqual([[URL_OF_ROTATION_1, fingerprintOf('second-key')]]);
  });

  it('says it again upon the event when a read just before was too early', async () => {
    const { key, secret, runtime } = givenPollingApp();
    await key.ready();
    await settle();
    secret.value = 'second-key';
    runtime.answers = [409, 204];
    await key.reload('poll');
    expect(runtime.requests).toHaveLength(2);
    await key.handleEvent(keyActivated('second-key'));
    await settle();
    const said = [URL_OF_ROTATION_1, fingerprintOf('second-key')];
    expect(saidTo(runtime).slice(1)).toEqual([said, said]);
  });

  it('acknowledges a key that the vault showed only long after its event', async () => {
    const { key, secret, runtime } = givenPollingApp();
    await key.ready();
    await settle();
    secret.value = 'second-key';
    secret.behind = true;
    const outcome = key.handleEvent(keyActivated('second-key'));
    await runtime.advance(5 * MINUTE);
    expect(await outcome).toBe('handled');
    secret.behind = false;
    await runtime.advance(10 * MINUTE);
    expect(saidTo(runtime).at(-1)).toEqual([URL_OF_ROTATION_1, fingerprintOf('second-key')]);
  });
});
