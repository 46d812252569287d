import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type SimulatedAzure, startSimulatedAzure } from '../../local/azure/index.ts';
import { type HostProcess, spawnHost } from '../../local/host/spawn.ts';
import { type ManagementApi, startManagementApi } from './managementApi.ts';

const KEY = 'key-of-the-subscription';
const LANGUAGE =
  '/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/lang';
const SHOP = '/subscriptions/s-1/resourceGroups/web/providers/Microsoft.Web/sites/shop';
const STAGING = `${SHOP}/slots/staging`;

describe('the function that refreshes Key Vault references', () => {
  let azure: SimulatedAzure;
  let arm: ManagementApi;
  let host: HostProcess;
  const lines: string[] = [];

  const givenHost = (sites: string) =>
    spawnHost({
      app: 'examples/key-vault-references/functions/*.ts',
      hostJson: 'examples/key-vault-references/host.json',
      functionKey: KEY,
      onLine: (line) => lines.push(line),
      settings: {
        IDENTITY_ENDPOINT: azure.identityEndpoint,
        IDENTITY_HEADER: azure.identityHeader,
        NODE_EXTRA_CA_CERTS: arm.caFile,
        AZURE_CLIENT_ID: '',
        NO_PROXY: '127.0.0.1',
        ARM_ENDPOINT: arm.endpoint,
        REFRESH_SITES: sites,
      },
    });

  beforeAll(async () => {
    azure = await startSimulatedAzure();
    arm = await startManagementApi();
    host = await givenHost(JSON.stringify({ [LANGUAGE]: [SHOP, STAGING] }));
  });
  afterEach(() => void arm.take());
  afterAll(async () => {
    await host?.stop();
    await arm?.close();
    await azure?.close();
  });

  let events = 0;
  const event = (changes: Record<string, unknown> = {}) => {
    events += 1;
    const type = 'Twinkey.KeyActivated.v1';
    const data = { acknowledgeUrl: `${arm.endpoint}/acks`, vaultUri: arm.endpoint, siteId: SHOP };
    const source = '/twinkey/test';
    const subject = LANGUAGE.toUpperCase();
    return { specversion: '1.0', id: `e-${events}`, type, source, subject, data, ...changes };
  };

  const deliver = async (body: unknown, { url } = host) => {
    const query = `functionName=refreshKeyVaultReferences&code=${KEY}`;
    const response = await fetch(`${url}/runtime/webhooks/EventGrid?${query}`, {
      method: 'POST',
      headers: { 'aeg-event-type': 'Notification', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.status;
  };

  const refreshOf = (siteId: string) =>
    `${siteId}/config/configreferences/appsettings/refresh?api-version=2022-03-01`;

  it("refreshes the account's sites and slots with its managed identity, whatever else the event says", async () => {
    expect(await deliver(event())).toBe(202);
    const received = arm.take();
    expect(received).toHaveLength(2);
    expect(new Set(received.map(({ method, url }) => `${method} ${url}`))).toEqual(
      new Set([SHOP, STAGING].map((siteId) => `POST ${refreshOf(siteId)}`)),
    );
    for (const { authorization = '' } of received) {
      expect(azure.model.tokens.isFor(authorization.replace('Bearer ', ''), 'arm')).toBe(true);
    }
    expect(lines.join('\n')).toContain(`${SHOP}: 2 Key Vault references fetched again.`);
    expect(lines.join('\n')).toContain(`${SHOP}: not resolved: OLD_SETTING.`);
  });

  it.each([
    ['another type', { type: 'Twinkey.KeyRetiring.v1' }],
    ['another account', { subject: `${LANGUAGE}2` }],
    ['an account that no object has', { subject: '__proto__' }],
    ['no subject', { subject: undefined }],
  ])('does nothing for an event of %s', async (_what, changes) => {
    expect(await deliver(event(changes))).toBe(202);
    expect(arm.take()).toEqual([]);
  });

  it('has the event sent again when a site fails, and then tries that one only', async () => {
    const sent = event();
    arm.answerNext('/slots/staging', 403);
    expect(await deliver(sent)).toBe(500);
    expect(arm.take()).toHaveLength(2);
    expect(await deliver(sent)).toBe(202);
    expect(arm.take().map(({ url }) => url)).toEqual([refreshOf(STAGING)]);
    expect(await deliver(sent)).toBe(202);
    expect(arm.take()).toEqual([]);
  });

  it('tries again by itself what may pass', async () => {
    arm.answerNext('/slots/staging', 500);
    expect(await deliver(event())).toBe(202);
    expect(arm.take()).toHaveLength(3);
  });

  it('never printed a token', () => {
    expect(lines.join('\n')).not.toContain('eyJ');
  });
});
