import { describe, expect, it } from 'vitest';
import { EVENT_EXAMPLES } from '../../shared/api/events/examples.ts';
import { CLOUDS, type CloudName, cloudOf } from '../../shared/azure/clouds.ts';
import { createService } from '../../shared/azure/service.ts';
import { readSettings } from '../../shared/azure/settings.ts';
import { applicationInsights } from '../../shared/azure/telemetry/applicationInsights.ts';
import { readIngestion } from '../../shared/azure/telemetry/ingestion.ts';
import { STEP_EVENT } from '../../shared/azure/telemetry/measure.ts';
import { Recording } from '../../shared/azure/telemetry/recording.ts';
import { Key } from '../../shared/service/key.ts';
import { LANG, subscriptionId } from './fixtures.ts';
import { type Answering, givenInternet } from './internet.ts';

const TENANT = subscriptionId(5);
const STORAGE_SCOPE = 'https://storage.azure.com/.default';

/** Every address and scope that there is, written out: the table is not held against itself. */
const EXPECTED = {
  public: {
    token: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
    arm: `https://management.azure.com${LANG}`,
    armScope: 'https://management.azure.com/.default',
    vault: 'https://contoso.vault.azure.net',
    vaultScope: 'https://vault.azure.net/.default',
    topic: 'https://contoso.westeurope-1.eventgrid.azure.net/api/events',
    topicScope: 'https://eventgrid.azure.net/.default',
    telemetryScope: 'https://monitor.azure.com/.default',
    table: 'https://store.table.core.windows.net',
  },
  usgovernment: {
    token: `https://login.microsoftonline.us/${TENANT}/oauth2/v2.0/token`,
    arm: `https://management.usgovcloudapi.net${LANG}`,
    armScope: 'https://management.usgovcloudapi.net/.default',
    vault: 'https://contoso.vault.usgovcloudapi.net',
    vaultScope: 'https://vault.usgovcloudapi.net/.default',
    topic: 'https://contoso.usgovvirginia-1.eventgrid.azure.us/api/events',
    topicScope: 'https://eventgrid.azure.us/.default',
    telemetryScope: 'https://monitor.azure.us/.default',
    table: 'https://store.table.core.usgovcloudapi.net',
  },
  china: {
    // The SDK goes to the newer of the two names that China's Entra ID has.
    token: `https://login.partner.microsoftonline.cn/${TENANT}/oauth2/v2.0/token`,
    arm: `https://management.chinacloudapi.cn${LANG}`,
    armScope: 'https://management.chinacloudapi.cn/.default',
    vault: 'https://contoso.vault.azure.cn',
    vaultScope: 'https://vault.azure.cn/.default',
    topic: 'https://contoso.chinanorth3-1.eventgrid.azure.cn/api/events',
    topicScope: 'https://eventgrid.azure.cn/.default',
    telemetryScope: 'https://monitor.azure.cn/.default',
    table: 'https://store.table.core.chinacloudapi.cn',
  },
} as const satisfies Record<CloudName, Record<string, string>>;

const NAMES = Object.keys(CLOUDS) as CloudName[];

function givenEnv(cloud: CloudName, changes: Record<string, string> = {}) {
  return {
    TWINKEY_DEPLOYMENT: 'demo',
    TWINKEY_ACCOUNTS: LANG,
    TWINKEY_VAULT_URL: EXPECTED[cloud]?.vault,
    TWINKEY_TOPIC_ENDPOINT: EXPECTED[cloud]?.topic,
    TWINKEY_QUEUE: 'twinkey-passes',
    TWINKEY_TICK_SCHEDULE: '0 * * * * *',
    AzureWebJobsStorage__accountName: 'store',
    TWINKEY_CLOUD: cloud,
    AZURE_TENANT_ID: TENANT,
    AZURE_CLIENT_ID: subscriptionId(6),
    AZURE_CLIENT_SECRET: 'secret',
    ...changes,
  };
}

function givenService(cloud: CloudName, changes: Record<string, string> = {}) {
  return createService(readSettings(givenEnv(cloud, changes)));
}

/** Key Vault asks first which token it wants, as its cloud's does. */
function challengeOf(resource: string, tokenUrl: string): Answering {
  const authority = tokenUrl.replace('/oauth2/v2.0/token', '');
  return ({ url, scope }) => {
    if (!url.includes('secrets/')) return undefined;
    if (scope) return { status: 404, body: { error: { code: 'SecretNotFound' } } };
    const challenge = `Bearer authorization="${authority}", resource="${resource}"`;
    return { status: 401, headers: { 'www-authenticate': challenge } };
  };
}

describe.each(NAMES)('in the cloud %s', (cloud) => {
  const expected = EXPECTED[cloud];
  const vaultResource = expected.vaultScope.replace('/.default', '');

  it('every client asks its own address, with a token of the scope that is taken there', async () => {
    const { received } = await givenInternet(challengeOf(vaultResource, expected.token));
    const { accounts, secrets, events, statuses, clock } = givenService(cloud);
    const soon = clock.now() + 60_000;
    const ref = { vaultUrl: expected.vault, name: 'lang-key' };

    await accounts.listKeys(LANG).catch(() => {});
    await accounts.regenerateKey(LANG, 'Key2', soon);
    expect(await secrets.readNewest(ref)).toEqual({ state: 'absent' });
    const version = { value: new Key('k'.repeat(32)), tags: {}, expiresAt: 0 };
    await secrets.publish(ref, version, soon);
    await events.send(EVENT_EXAMPLES.slice(0, 1));
    await statuses.get(LANG).catch(() => {});

    const asked = new Set(
      received
        .filter(({ host }) => !host.startsWith('login.'))
        .map(({ method, url, scope }) => `${method} ${url.split('(')[0]?.toLowerCase()} ${scope}`),
    );
    expect([...asked].sort()).toEqual(
      [
        `POST ${expected.arm}/listkeys ${expected.armScope}`,
        `POST ${expected.arm}/regeneratekey ${expected.armScope}`,
        `GET ${expected.vault}/secrets/lang-key/ undefined`,
        `GET ${expected.vault}/secrets/lang-key/ ${expected.vaultScope}`,
        `GET ${expected.vault}/deletedsecrets/lang-key ${expected.vaultScope}`,
        `PUT ${expected.vault}/secrets/lang-key undefined`,
        `PUT ${expected.vault}/secrets/lang-key ${expected.vaultScope}`,
        `POST ${expected.topic} ${expected.topicScope}`,
        `GET ${expected.table}/twinkeyaccounts ${STORAGE_SCOPE}`,
      ].sort(),
    );
    const tokens = received.filter(({ url }) => url.endsWith('/token'));
    expect(new Set(tokens.map(({ url }) => url))).toEqual(new Set([expected.token]));
  });
});

describe("telemetry's tokens", () => {
  const connection = `InstrumentationKey=${subscriptionId(9)};IngestionEndpoint=https://ingestion.contoso.example/`;
  const given = (cloud: CloudName, text = connection) =>
    readIngestion(
      text,
      givenEnv(cloud, { APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD' }),
    );

  it.each(NAMES)('are those of the cloud %s', (cloud) => {
    const { connectionString } = given(cloud);
    expect(connectionString).toBe(`${connection};AADAudience=${EXPECTED[cloud].telemetryScope}`);
  });

  it('are those that the connection string names, where it does', () => {
    const text = `AADAudience=https://monitor.contoso.example/.default;${connection}`;
    expect(given('china', text).connectionString).toBe(text);
  });

  it("are what the SDK's exporter asks for and sends", async () => {
    const { received } = await givenInternet();
    const sink = applicationInsights(given('usgovernment'), () => {});
    const recording = new Recording('tick', undefined, () => 0);
    const event = { name: STEP_EVENT, dimensions: {} };
    recording.add({ events: [event], measurements: [] }, recording.root);
    sink.send(recording.close());
    await sink.flush();
    const sent = received.filter(({ host }) => host === 'ingestion.contoso.example');
    expect(new Set(sent.map(({ scope }) => scope))).toEqual(
      new Set([EXPECTED.usgovernment.telemetryScope]),
    );
  });
});

describe('a cloud', () => {
  it("is not asked for a vault's token that another cloud's address wants", async () => {
    const { received } = await givenInternet(
      challengeOf('https://vault.azure.cn', EXPECTED.china.token),
    );
    const { secrets } = givenService('public');
    const reading = secrets.readNewest({ vaultUrl: EXPECTED.public.vault, name: 'lang-key' });
    await expect(reading).rejects.toThrow(/challenge resource/);
    expect(received.filter(({ url }) => url.endsWith('/token'))).toEqual([]);
  });

  it('keeps its scopes where addresses are overridden, but for the one that is set itself', async () => {
    const { received } = await givenInternet();
    const { accounts, events } = givenService('usgovernment', {
      TWINKEY_ARM_ENDPOINT: 'https://arm.contoso.example',
      TWINKEY_TOPIC_ENDPOINT: 'https://topic.contoso.example/api/events',
      TWINKEY_TOPIC_SCOPE: 'https://events.contoso.example/.default',
    });
    await accounts.listKeys(LANG).catch(() => {});
    await events.send(EVENT_EXAMPLES.slice(0, 1));
    const asked = received.filter(({ host }) => host.endsWith('contoso.example'));
    expect(asked.map(({ host, scope }) => [host, scope])).toEqual([
      ['arm.contoso.example', EXPECTED.usgovernment.armScope],
      ['topic.contoso.example', 'https://events.contoso.example/.default'],
    ]);
  });

  it.each(
    NAMES.flatMap((cloud) =>
      (['arm', 'vault', 'topic', 'table'] as const).map((what) => [EXPECTED[cloud][what], cloud]),
    ),
  )('%s is known to be in %s', (url, cloud) => {
    expect(cloudOf(url)).toBe(cloud);
  });

  it.each([
    'https://127.0.0.1:4430',
    'https://vault.azure.net.example',
    'https://myvault.azure.net.cn',
    'https://notvault.azure.net',
  ])('%s is in none', (url) => {
    expect(cloudOf(url)).toBeUndefined();
  });
});

describe('an address in another cloud than the setting names', () => {
  it.each([
    ['TWINKEY_VAULT_URL', EXPECTED.public.vault],
    ['TWINKEY_ALLOWED_VAULT_URLS', EXPECTED.public.vault],
    ['TWINKEY_TOPIC_ENDPOINT', EXPECTED.public.topic],
    ['TWINKEY_ARM_ENDPOINT', 'https://management.azure.com'],
    ['AzureWebJobsStorage__tableServiceUri', EXPECTED.public.table],
  ])('is an error that names both clouds: %s', (setting, url) => {
    expect(() => givenService('china', { [setting]: url })).toThrow(
      `${setting}: expected an address in the cloud 'china' of TWINKEY_CLOUD, found '${url}', which is in 'public'`,
    );
  });

  it('is not told from a name that no cloud has', () => {
    expect(() =>
      givenService('moon' as CloudName, {
        TWINKEY_VAULT_URL: EXPECTED.china.vault,
        TWINKEY_TOPIC_ENDPOINT: EXPECTED.china.topic,
      }),
    ).toThrow(
      /^The application settings are invalid:\n {2}TWINKEY_CLOUD: expected one of public, usgovernment, china, found 'moon'$/,
    );
  });
});
