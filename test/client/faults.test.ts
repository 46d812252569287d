import { describe, expect, it } from 'vitest';
import { withFreshKey } from '../../shared/client/freshKeyFetch.ts';
import { tokenCredential } from '../../shared/client/tokenCredential.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { ENDPOINT, FakeAccount } from './account.ts';
import { type FakeSecret, type GivenEvent, givenKey, keyActivated } from './fixtures.ts';

const MINUTE = 60_000;
const ROTATIONS = 3;
const PERIOD_MINUTES = 150;
const OVERLAP_MINUTES = 60;

interface Delivery {
  readonly event: GivenEvent;
  /** Minutes after it was sent. */
  readonly after: number;
}

interface World {
  /** What becomes of an event. Default: it comes a minute later. */
  readonly deliver?: (event: GivenEvent) => Delivery[];
  readonly pollMinutes?: number;
  /** Called each minute with the minutes since the last publish. */
  readonly disturb?: (secret: FakeSecret, minute: number) => void;
  readonly clockErrorMs?: number;
}

/**
 * Rotates an account three times while an app calls it each minute, by key and by token. Returns
 * every status that the app got, what it cost, and the key it ended with.
 */
async function rotateUnderLoad({
  deliver = (event) => [{ event, after: 1 }],
  pollMinutes = 24 * 60,
  disturb = () => {},
  clockErrorMs = 0,
}: World) {
  const { key, secret, runtime } = givenKey({ pollIntervalMs: pollMinutes * MINUTE });
  runtime.clockErrorMs = clockErrorMs;
  const account = new FakeAccount();
  const call = withFreshKey(key, account.fetch);
  const credential = tokenCredential(key, ENDPOINT, account.fetch);
  await key.ready();
  const statuses = new Set<number>();
  const inbox: { event: GivenEvent; at: number }[] = [];
  const send = (event: GivenEvent, at: number) =>
    inbox.push(...deliver(event).map(({ event, after }) => ({ event, at: at + after })));
  for (let minute = 1; minute < (ROTATIONS + 1) * PERIOD_MINUTES; minute += 1) {
    const rotation = Math.floor(minute / PERIOD_MINUTES);
    const sincePublish = minute % PERIOD_MINUTES;
    if (rotation > 0 && sincePublish === 0) {
      secret.value = `key-${rotation}`;
      account.keys.add(secret.value);
      send(keyActivated(secret.value, {}, { id: `${rotation}:activated` }), minute);
    }
    if (rotation > 0 && sincePublish === OVERLAP_MINUTES) {
      for (const old of account.keys) if (old !== secret.value) account.keys.delete(old);
      const type = EVENT_TYPES.keyRetired;
      send(keyActivated(secret.value, {}, { id: `${rotation}:retired`, type }), minute);
    }
    if (rotation > 0) disturb(secret, sincePublish);
    for (const { event, at } of inbox) if (at === minute) void key.handleEvent(event);
    await runtime.advance(MINUTE);
    statuses.add((await call(`${ENDPOINT}translate`)).status);
    const { token } = (await credential.getToken('')) ?? {};
    const headers = { authorization: `Bearer ${token}` };
    statuses.add((await account.fetch(`${ENDPOINT}translate`, { headers })).status);
  }
  const { refusedKeys } = account;
  return { statuses: [...statuses], key: key.key, reads: secret.reads, refusedKeys };
}

describe('no request fails and the newest key is in use', () => {
  it.each<[string, World]>([
    ['when all is well', {}],
    ['when events come five hours late', { deliver: (event) => [{ event, after: 300 }] }],
    ['when events are lost and the poll is slower than the overlap', { deliver: () => [] }],
    ['when events are lost and the poll is quick', { deliver: () => [], pollMinutes: 10 }],
    [
      'when each event comes four times',
      { deliver: (event) => [1, 1, 2, 90].map((after) => ({ event, after })) },
    ],
    [
      'when events come out of order',
      { deliver: (event) => [{ event, after: event.type === EVENT_TYPES.keyRetired ? 1 : 70 }] },
    ],
    [
      'when only events about another account come',
      {
        deliver: (event) => [
          { event: { ...event, data: { ...event.data, secretName: 'other-key' } }, after: 1 },
        ],
      },
    ],
    [
      'when events are forged to name another vault',
      {
        deliver: (event) => [
          {
            event: { ...event, data: { ...event.data, vaultUri: 'https://evil.vault.azure.net' } },
            after: 1,
          },
        ],
      },
    ],
    [
      'when Key Vault answers 403 for half of the overlap',
      { pollMinutes: 10, disturb: failing(Object.assign(new Error(), { statusCode: 403 })) },
    ],
    [
      'when Key Vault throttles for half of the overlap',
      { pollMinutes: 10, disturb: failing(Object.assign(new Error(), { statusCode: 429 })) },
    ],
    [
      'when Key Vault answers the version before for half of the overlap',
      {
        pollMinutes: 10,
        disturb: (secret, minute) => {
          secret.behind = minute < OVERLAP_MINUTES / 2;
        },
      },
    ],
    [
      'when Key Vault answers the version before again, whose key is dead',
      {
        pollMinutes: 10,
        disturb: (secret, minute) => {
          secret.behind = minute >= OVERLAP_MINUTES && minute < 2 * OVERLAP_MINUTES;
        },
      },
    ],
    ['when the clock is five minutes fast', { clockErrorMs: 5 * MINUTE }],
    ['when the clock is five minutes slow', { clockErrorMs: -5 * MINUTE }],
  ])('%s', async (_name, world) => {
    const { statuses, key } = await rotateUnderLoad(world);
    expect(statuses).toEqual([200]);
    expect(key).toBe(`key-${ROTATIONS}`);
  });
});

/** Reads fail with `error` until half of the overlap is over. */
function failing(error: Error): NonNullable<World['disturb']> {
  return (secret, minute) => {
    secret.failure = minute < OVERLAP_MINUTES / 2 ? error : undefined;
  };
}

describe('what the faults cost', () => {
  it('is one read a rotation when all is well', async () => {
    const { reads, refusedKeys } = await rotateUnderLoad({});
    expect({ reads, refusedKeys }).toEqual({ reads: 1 + ROTATIONS, refusedKeys: 0 });
  });

  it('is one read and one repeated request a rotation when events are lost', async () => {
    const { reads, refusedKeys } = await rotateUnderLoad({ deliver: () => [] });
    expect({ reads, refusedKeys }).toEqual({ reads: 1 + ROTATIONS, refusedKeys: ROTATIONS });
  });
});

describe('a forged event', () => {
  it('cannot point at another secret, whatever address it names', async () => {
    const { key, secret } = givenKey();
    await key.ready();
    const secretId = 'https://evil.vault.azure.net/secrets/vision-key/1';
    expect(await key.handleEvent(keyActivated('first-key', { secretId }))).toBe('handled');
    expect(secret.reads).toBe(1);
    expect(key.key).toBe('first-key');
  });
});
