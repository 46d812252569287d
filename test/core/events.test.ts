import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type EventContext,
  type EventDetails,
  rotationEvent,
} from '../../shared/core/events/build.ts';
import { EVENT_SCHEMAS } from '../../shared/core/events/schemas.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import {
  ACCOUNT_ID,
  DEPLOYMENT,
  givenAccount,
  givenPublication,
  givenRecord,
  givenRotation,
  K1,
  K2,
} from './fixtures.ts';

const CONTEXT: EventContext = {
  deployment: DEPLOYMENT,
  apiUrl: 'https://twinkey.example/api',
};
const TIME = '2026-04-15T12:00:00.000Z';
const UNTIL = '2026-04-17T12:00:00.000Z';

const { keyActivated, keyRetiring, keyRetired, rotationDelayed, rotationFailed } = EVENT_TYPES;
const stale = { slot: 'Key2', fingerprint: K2 } as const;
const DETAILS = {
  activated: { type: keyActivated, severity: 'normal', stale, validUntil: UNTIL },
  retiring: {
    type: keyRetiring,
    severity: 'normal',
    discriminator: '2',
    stale,
    validUntil: UNTIL,
    missingSubscribers: ['web'],
  },
  retired: { type: keyRetired, confirmedDead: true },
  delayed: { type: rotationDelayed, discriminator: 'Held:overlap', reason: 'Held', message: 'm' },
  failed: {
    type: rotationFailed,
    discriminator: 'VerificationOverdue:verifying',
    reason: 'VerificationOverdue',
    message: 'm',
  },
} as const satisfies Record<string, EventDetails>;

function event(
  details: EventDetails = DETAILS.activated,
  {
    record = givenRecord('overlap'),
    rotation = givenRotation(),
    context = CONTEXT,
    time = TIME,
  } = {},
) {
  return rotationEvent(record, rotation, givenAccount(), context, time, details);
}

const unpublished = givenRecord('verifying', { active: null });

describe('an event', () => {
  it('says what apps need to know, and nothing of a key but its fingerprint', () => {
    expect(event()).toEqual({
      specversion: '1.0',
      id: 'r1:KeyActivated',
      type: 'Twinkey.KeyActivated.v1',
      source: '/twinkey/twinkey-test/accounts/s/g/acme',
      subject: ACCOUNT_ID,
      time: TIME,
      datacontenttype: 'application/json',
      dataschema: 'urn:twinkey:event-data:Twinkey.KeyActivated.v1',
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
        severity: 'normal',
        previous: { slot: 'Key2', fingerprint: K2, validUntil: UNTIL },
        acknowledgeUrl: 'https://twinkey.example/api/accounts/s/g/acme/rotations/r1/acks',
      },
    });
  });

  it.each(Object.values(DETAILS))('of type $type has the published form', (details) => {
    const schema = Object.values(EVENT_SCHEMAS).find(
      (each) => each.shape.type.value === details.type,
    );
    expect(schema?.parse(event(details))).toEqual(event(details));
  });

  it('names the version where it lies, also while the secret moves elsewhere', () => {
    const secret = { vaultUrl: 'https://new.vault.azure.net', name: 'new' };
    expect(event(DETAILS.failed, { rotation: givenRotation({ secret }) }).data).toMatchObject({
      secretId: 'https://acme.vault.azure.net/secrets/acme-key/v1',
      vaultUri: 'https://acme.vault.azure.net',
      secretName: 'acme-key',
    });
    const first = { record: unpublished, rotation: givenRotation({ secret }) };
    expect(event(DETAILS.failed, first).data).toMatchObject({
      vaultUri: 'https://new.vault.azure.net',
      secretName: 'new',
    });
  });

  it.each([DETAILS.retired, DETAILS.failed])(
    'of type $type names no version where none is published',
    (details) => {
      expect(event(details, { record: unpublished }).data).toMatchObject({
        activeSlot: null,
        fingerprint: null,
        secretId: null,
        secretVersion: null,
        previous: null,
      });
    },
  );

  it.each([DETAILS.activated, DETAILS.retiring, DETAILS.delayed])(
    'of type $type is a defect where no version is published',
    (details) => {
      expect(() => event(details, { record: unpublished })).toThrow('without an active key');
    },
  );

  it.each([DETAILS.retired, DETAILS.delayed, DETAILS.failed])(
    'of type $type promises no end of the stale key',
    (details) => {
      expect(event(details).data.previous).toEqual({ ...stale, validUntil: null });
    },
  );

  it('without an address of the API asks for no acknowledgement', () => {
    const context = { ...CONTEXT, apiUrl: undefined };
    expect(event(DETAILS.activated, { context }).data.acknowledgeUrl).toBeNull();
  });

  it.each([
    [DETAILS.retiring, { missingSubscribers: ['web'] }],
    [DETAILS.retired, { confirmedDead: true }],
    [DETAILS.delayed, { reason: 'Held', message: 'm' }],
    [DETAILS.failed, { reason: 'VerificationOverdue', message: 'm' }],
  ])('of type $type carries what its kind adds', (details, added) => {
    expect(event(details).data).toMatchObject(added);
  });
});

describe('the id of an event', () => {
  it.each([
    [DETAILS.activated, 'r1:KeyActivated'],
    [DETAILS.retiring, 'r1:KeyRetiring:2'],
    [DETAILS.retired, 'r1:KeyRetired'],
    [DETAILS.delayed, 'r1:RotationDelayed:Held:overlap'],
    [DETAILS.failed, 'r1:RotationFailed:VerificationOverdue:verifying'],
  ])('of %o is %s', (details, id) => {
    expect(event(details).id).toBe(id);
  });

  it('is the same when it is sent again later', () => {
    expect(event(DETAILS.activated, { time: UNTIL }).id).toBe(event().id);
  });

  it('is unique within its source, also where a person gave two rotations one id', () => {
    const account = givenAccount({ id: `${ACCOUNT_ID}-2` });
    const record = givenRecord('overlap', { active: givenPublication() });
    const other = rotationEvent(record, givenRotation(), account, CONTEXT, TIME, DETAILS.activated);
    expect(other.id).toBe(event().id);
    expect(other.source).not.toBe(event().source);
  });
});

it('what apps load to follow events imports nothing at run time', () => {
  const source = readFileSync(new URL('../../shared/core/events.ts', import.meta.url), 'utf8');
  expect(source.match(/^(import|export)\b[^;]*\bfrom\b/gm)?.length).toBeGreaterThan(0);
  expect(source).not.toMatch(/^(import|export) (?!type\b)[^;=(]*\bfrom\b|^import '|import\(/m);
});
