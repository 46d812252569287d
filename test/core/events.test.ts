import { describe, expect, it } from 'vitest';
import {
  accountPath,
  EVENT_TYPES,
  type EventDetails,
  rotationEvent,
} from '../../shared/core/events.ts';
import {
  ACCOUNT_ID,
  DEPLOYMENT,
  givenAccount,
  givenRecord,
  givenRotation,
  K1,
  K2,
} from './fixtures.ts';

const CONTEXT = { deployment: DEPLOYMENT, apiUrl: 'https://twinkey.example/api' };
const TIME = '2026-04-15T12:00:00.000Z';
const UNTIL = '2026-04-17T12:00:00.000Z';

function event(
  details: Partial<EventDetails> = {},
  record = givenRecord('overlap'),
  context: Partial<typeof CONTEXT> | { apiUrl: undefined } = {},
) {
  return rotationEvent(
    record,
    givenRotation(),
    givenAccount(),
    { ...CONTEXT, ...context },
    {
      type: EVENT_TYPES.keyActivated,
      time: TIME,
      ...details,
    },
  );
}

describe('an event', () => {
  it('says what apps need to know, and nothing of a key but its fingerprint', () => {
    expect(event({ validUntil: UNTIL })).toEqual({
      id: 'r1:KeyActivated',
      type: 'Twinkey.KeyActivated.v1',
      source: '/twinkey/twinkey-test',
      subject: ACCOUNT_ID,
      time: TIME,
      data: {
        accountId: ACCOUNT_ID,
        accountName: 'acme',
        endpoint: 'https://acme.cognitiveservices.azure.com',
        rotationId: 'r1',
        cause: 'schedule',
        activeSlot: 'Key1',
        fingerprint: K1,
        secretId: 'https://acme.vault.azure.net/secrets/acme-key/v1',
        secretVersion: 'v1',
        vaultUri: 'https://acme.vault.azure.net',
        secretName: 'acme-key',
        previous: { slot: 'Key2', fingerprint: K2, validUntil: UNTIL },
        acknowledgeUrl: 'https://twinkey.example/api/accounts/s/g/acme/rotations/r1/acks',
      },
    });
  });

  it('before the first publish names no version', () => {
    const { data } = event({}, givenRecord('verifying', { active: null }));
    expect(data).toMatchObject({
      activeSlot: null,
      fingerprint: null,
      secretId: null,
      secretVersion: null,
      previous: null,
    });
  });

  it('without an end of the previous key says so', () => {
    expect(event().data.previous?.validUntil).toBeNull();
  });

  it('without an address of the API asks for no acknowledgement', () => {
    expect(event({}, undefined, { apiUrl: undefined }).data.acknowledgeUrl).toBeNull();
  });

  it('carries what its kind adds', () => {
    const data = { missingSubscribers: ['web'], reason: 'Held', message: 'held' };
    expect(event({ data }).data).toMatchObject(data);
  });
});

describe('the id of an event', () => {
  it.each([
    [EVENT_TYPES.keyActivated, undefined, 'r1:KeyActivated'],
    [EVENT_TYPES.keyRetiring, '2', 'r1:KeyRetiring:2'],
    [EVENT_TYPES.keyRetired, undefined, 'r1:KeyRetired'],
    [EVENT_TYPES.rotationDelayed, 'Held:overlap', 'r1:RotationDelayed:Held:overlap'],
    [
      EVENT_TYPES.rotationFailed,
      'VerificationOverdue:verifying',
      'r1:RotationFailed:VerificationOverdue:verifying',
    ],
  ])('of %s (%s) is %s', (type, discriminator, id) => {
    expect(event({ type, ...(discriminator && { discriminator }) }).id).toBe(id);
  });

  it('is the same when it is sent again later', () => {
    expect(event({ time: UNTIL }).id).toBe(event().id);
  });
});

describe('the path of an account', () => {
  it('is made of subscription, group and name', () => {
    expect(accountPath(ACCOUNT_ID)).toBe('s/g/acme');
  });

  it('is safe in a URL', () => {
    expect(accountPath('/subscriptions/s/resourcegroups/a b/providers/p/accounts/n?x')).toBe(
      's/a%20b/n%3Fx',
    );
  });

  it('of what is no resource id has empty parts', () => {
    expect(accountPath('nonsense')).toBe('//');
  });
});
