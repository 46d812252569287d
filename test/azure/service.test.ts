import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import { dependenciesFor } from '../../shared/azure/service.ts';
import { logTelemetry } from '../../shared/azure/telemetry/log.ts';
import { ACCOUNT } from '../contract/records.contract.ts';
import { givenAzure, LANG } from './fixtures.ts';
import './setup.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe('the dependencies of an invocation', () => {
  it('fail with the message of the settings, and work once these are mended', async () => {
    const { azure, vaultUrl } = await givenAzure();
    const azurite = await startAzurite();
    onTestFinished(() => azurite.stop());
    vi.stubEnv('TWINKEY_VAULT_URL', 'no url');
    expect(() => dependenciesFor(silent)).toThrow(/TWINKEY_VAULT_URL: expected a vault's URL/);

    const settings = {
      IDENTITY_ENDPOINT: azure.identityEndpoint,
      IDENTITY_HEADER: azure.identityHeader,
      AzureWebJobsStorage: azurite.connectionString,
      TWINKEY_DEPLOYMENT: 'demo',
      TWINKEY_ACCOUNTS: LANG,
      TWINKEY_VAULT_URL: vaultUrl,
      TWINKEY_VERIFY_VAULT_HOST: 'false',
      TWINKEY_TOPIC_ENDPOINT: azure.topicEndpoint,
      TWINKEY_ARM_ENDPOINT: azure.armEndpoint,
      TWINKEY_QUEUE: 'passes',
      TWINKEY_TICK_SCHEDULE: '0 * * * * *',
    };
    for (const [name, text] of Object.entries(settings)) vi.stubEnv(name, text);
    const { accounts, secrets, statuses, records, deployment } = dependenciesFor(silent);

    expect(deployment).toMatchObject({ deployment: 'demo', vaultUrl });
    expect(await accounts.get(LANG)).toMatchObject({ id: LANG });
    expect(await secrets.readNewest({ vaultUrl, name: 'lang-key' })).toEqual({ state: 'absent' });
    expect(await statuses.get(ACCOUNT)).toBeNull();
    expect((await records.read(ACCOUNT)).stored).toBeNull();
  });
});

describe('telemetry', () => {
  const entry = {
    level: 'warn',
    name: 'step',
    accountId: LANG,
    reason: 'CallFailed',
    message: 'will try again',
    data: { durationMs: 5 },
  } as const;

  it('logs a sentence at its level, with its properties', () => {
    const warn = vi.fn();
    logTelemetry({ ...silent, warn }).record(entry);
    expect(warn).toHaveBeenCalledWith(`step CallFailed ${LANG}: will try again`, {
      name: 'step',
      accountId: LANG,
      reason: 'CallFailed',
      durationMs: 5,
    });
  });

  it('survives a log that throws', () => {
    const warn = () => {
      throw new Error('no room');
    };
    expect(() => logTelemetry({ ...silent, warn }).record(entry)).not.toThrow();
  });
});
