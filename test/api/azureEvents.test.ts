import { describe, expect, it } from 'vitest';
import { AZURE_EVENT_TYPES, readAzureEvent } from '../../shared/api/azureEvents.ts';

const { secretNearExpiry, secretNewVersion, actionSuccess } = AZURE_EVENT_TYPES;
const SECRET = 'https://Contoso-Keys.vault.azure.net/secrets/contoso-speech-key';
const ACCOUNT =
  '/subscriptions/S1/resourceGroups/Speech/providers/Microsoft.CognitiveServices/accounts/Contoso';

const vaultData = {
  Id: `${SECRET}/4387e9f3d6e14c459867679a90fd0f79`,
  VaultName: 'Contoso-Keys',
  ObjectType: 'Secret',
  ObjectName: 'contoso-speech-key',
  Version: '4387e9f3d6e14c459867679a90fd0f79',
  NBF: null,
  EXP: 1_772_000_000,
};
const actionData = {
  authorization: { scope: ACCOUNT, action: 'x' },
  claims: { appid: 'a1', name: 'Ada' },
  operationName: 'Microsoft.CognitiveServices/accounts/regenerateKey/action',
  resourceUri: ACCOUNT,
  status: 'Succeeded',
};

const asCloudEvent = (type: string, data: unknown) => ({
  specversion: '1.0',
  id: '1',
  source: '/subscriptions/S1',
  type,
  data,
});
const asGridEvent = (eventType: string, data: unknown) => ({
  id: '1',
  topic: '/subscriptions/S1',
  subject: 'x',
  eventType,
  data,
  dataVersion: '1',
  metadataVersion: '1',
  eventTime: '2026-03-02T08:00:00Z',
});

const secret = { vaultUrl: 'https://contoso-keys.vault.azure.net', name: 'contoso-speech-key' };
const versionId = vaultData.Version;
const accountId = ACCOUNT.toLowerCase();

describe.each([
  ['as a CloudEvent', asCloudEvent],
  ['in the Event Grid schema', asGridEvent],
])("an event of Azure's, %s,", (_, eventOf) => {
  it.each([
    [secretNearExpiry, 'secretNearExpiry'],
    [secretNewVersion, 'secretSet'],
  ])('%s names the secret and its version', (type, kind) => {
    const notice = { kind, secret, versionId };
    expect(readAzureEvent(eventOf(type, vaultData))).toEqual({ ok: true, notice });
  });

  it.each([
    ['an object', actionData.claims, 'a1'],
    ['the text of one', JSON.stringify(actionData.claims), 'a1'],
    ['a text that is none', 'Ada', undefined],
    ['those of a person without an application', { name: 'Ada' }, undefined],
    ['left out', undefined, undefined],
  ])('names the account and the caller where the claims are %s', (_name, claims, caller) => {
    const event = eventOf(actionSuccess, { ...actionData, claims });
    const notice = { kind: 'keyRegenerated', accountId, caller };
    expect(readAzureEvent(event)).toEqual({ ok: true, notice });
  });

  it('names the account where the address is that of the action', () => {
    const event = eventOf(actionSuccess, {
      ...actionData,
      resourceUri: `${ACCOUNT}/regenerateKey`,
    });
    expect(readAzureEvent(event)).toMatchObject({ notice: { accountId } });
  });

  it.each([
    [
      'of another type',
      'Microsoft.Storage.BlobCreated',
      vaultData,
      /expected one of .*found Micro/,
    ],
    ['of another action', actionSuccess, { ...actionData, operationName: 'x' }, /another action/],
    ['without a URL', secretNewVersion, { ...vaultData, Id: 'x' }, /expected a secret's URL/],
    ['without data', secretNearExpiry, undefined, /SecretNearExpiry: .*expected object/s],
  ])('%s is left aside, and why is said', (_name, type, data, why) => {
    const reading = readAzureEvent(eventOf(type, data));
    expect(reading).toEqual({ ok: false, why: expect.stringMatching(why) });
  });
});

it.each([null, 'text', [], {}, { type: 7 }])('%j is no event', (event) => {
  expect(readAzureEvent(event)).toMatchObject({
    ok: false,
    why: expect.stringMatching(/^no event/),
  });
});
