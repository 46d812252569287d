import { dataSchemaOf, EVENT_TYPES, type RotationEvent } from '../../core/events.ts';

/** A rotation as its events tell it, and what may come between; the last one is of the adoption before. */
const ROTATION = '0b9f7b1e-6f0a-4c53-9a51-1f2f0f3c7d10';
const ACCOUNT = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9/speech-prod/contoso-speech';
const ACCOUNT_ID =
  '/subscriptions/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9/resourcegroups/speech-prod/providers/microsoft.cognitiveservices/accounts/contoso-speech';

const KEYLESS_REQUEST = '5f2c7a90-31d4-4f1b-8a55-0c6f2f9d7be1';

const SECRET_VERSION = '4387e9f3d6e14c459867679a90fd0f79';

const attributes = {
  specversion: '1.0',
  source: `/twinkey/twinkey-prod/accounts/${ACCOUNT}`,
  subject: ACCOUNT_ID,
  datacontenttype: 'application/json',
} as const;

const account = {
  accountId: ACCOUNT_ID,
  accountName: 'contoso-speech',
  endpoint: 'https://contoso-speech.cognitiveservices.azure.com',
  rotationId: ROTATION,
  cause: 'schedule',
  vaultUri: 'https://contoso-keys.vault.azure.net',
  secretName: 'contoso-speech-key',
  acknowledgeUrl: `https://twinkey-prod.azurewebsites.net/api/accounts/${ACCOUNT}/rotations/${ROTATION}/acks`,
} as const;

const activeKey = {
  activeSlot: 'Key2',
  fingerprint: '9f86d081884c',
  secretId: `https://contoso-keys.vault.azure.net/secrets/contoso-speech-key/${SECRET_VERSION}`,
  secretVersion: SECRET_VERSION,
} as const;

const stale = { slot: 'Key1', fingerprint: '2c26b46b68ff' } as const;

/** Examples of every type, as the service sends them. */
export const EVENT_EXAMPLES: readonly RotationEvent[] = [
  {
    ...attributes,
    id: `${ROTATION}:KeyActivated`,
    type: EVENT_TYPES.keyActivated,
    time: '2026-03-02T08:00:41.512Z',
    dataschema: dataSchemaOf(EVENT_TYPES.keyActivated),
    data: {
      ...account,
      ...activeKey,
      severity: 'normal',
      previous: { ...stale, validUntil: '2026-03-04T08:00:41.480Z' },
    },
  },
  {
    ...attributes,
    id: `${ROTATION}:KeyRetiring:1`,
    type: EVENT_TYPES.keyRetiring,
    time: '2026-03-03T08:00:52.004Z',
    dataschema: dataSchemaOf(EVENT_TYPES.keyRetiring),
    data: {
      ...account,
      ...activeKey,
      severity: 'normal',
      previous: { ...stale, validUntil: '2026-03-04T08:00:41.530Z' },
      missingSubscribers: ['transcription', 'call-centre'],
    },
  },
  {
    ...attributes,
    id: `${ROTATION}:KeyRetired`,
    type: EVENT_TYPES.keyRetired,
    time: '2026-03-04T09:15:07.918Z',
    dataschema: dataSchemaOf(EVENT_TYPES.keyRetired),
    data: {
      ...account,
      ...activeKey,
      previous: { ...stale, validUntil: null },
      confirmedDead: true,
    },
  },
  {
    ...attributes,
    id: `${KEYLESS_REQUEST}:KeyRetired`,
    type: EVENT_TYPES.keyRetired,
    time: '2026-06-15T09:00:31.402Z',
    dataschema: dataSchemaOf(EVENT_TYPES.keyRetired),
    data: {
      ...account,
      rotationId: KEYLESS_REQUEST,
      cause: 'keyless',
      acknowledgeUrl: account.acknowledgeUrl.replace(ROTATION, KEYLESS_REQUEST),
      activeSlot: null,
      fingerprint: null,
      secretId: null,
      secretVersion: null,
      previous: { slot: 'Key1', fingerprint: 'fcde2b2edba5', validUntil: null },
      confirmedDead: true,
    },
  },
  {
    ...attributes,
    id: `${ROTATION}:RotationDelayed:AcknowledgementMissing:overlap`,
    type: EVENT_TYPES.rotationDelayed,
    time: '2026-03-04T08:01:02.271Z',
    dataschema: dataSchemaOf(EVENT_TYPES.rotationDelayed),
    data: {
      ...account,
      ...activeKey,
      previous: { ...stale, validUntil: null },
      reason: 'AcknowledgementMissing',
      message: 'call-centre did not acknowledge; the stale key stays until they do',
    },
  },
  {
    ...attributes,
    id: `${ROTATION}:RotationFailed:VerificationOverdue:verifying`,
    type: EVENT_TYPES.rotationFailed,
    time: '2026-03-02T08:15:33.090Z',
    dataschema: dataSchemaOf(EVENT_TYPES.rotationFailed),
    data: {
      ...account,
      ...activeKey,
      // Nothing was published yet: Key1 is the active key.
      activeSlot: 'Key1',
      fingerprint: stale.fingerprint,
      secretId:
        'https://contoso-keys.vault.azure.net/secrets/contoso-speech-key/6fe9a3d1b2c04f5e8d7c6b5a49382716',
      secretVersion: '6fe9a3d1b2c04f5e8d7c6b5a49382716',
      previous: null,
      reason: 'VerificationOverdue',
      message:
        'Key2 was not accepted within the verification limit; it is tried again, the keys stay as they are',
    },
  },
  {
    ...attributes,
    id: 'b1e0c6a4-8f0d-4b57-9a0e-2f4a3f1d9c77:RotationFailed:VerificationOverdue:verifying',
    type: EVENT_TYPES.rotationFailed,
    time: '2026-02-27T10:20:12.655Z',
    dataschema: dataSchemaOf(EVENT_TYPES.rotationFailed),
    data: {
      ...account,
      rotationId: 'b1e0c6a4-8f0d-4b57-9a0e-2f4a3f1d9c77',
      cause: 'adoption',
      acknowledgeUrl: null,
      activeSlot: null,
      fingerprint: null,
      secretId: null,
      secretVersion: null,
      previous: null,
      reason: 'VerificationOverdue',
      message: 'Key1 was not accepted within the verification limit; Key2 is tried instead',
    },
  },
];
