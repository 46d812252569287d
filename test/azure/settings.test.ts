import { describe, expect, it } from 'vitest';
import { SETTING_ROWS } from '../../shared/azure/settingRows.ts';
import { readSettings, SettingsInvalid } from '../../shared/azure/settings.ts';
import { DEFAULT_FLEET } from '../../shared/core/fleet/limits.ts';
import { POLICY_DEFAULTS } from '../../shared/core/policy.ts';
import { DEFAULT_TIMING } from '../../shared/core/timing.ts';
import { LANG, subscriptionId } from './fixtures.ts';

function givenEnv(changes: Record<string, string | undefined> = {}) {
  return {
    TWINKEY_DEPLOYMENT: 'demo',
    TWINKEY_ACCOUNTS: LANG,
    TWINKEY_VAULT_URL: 'https://keys.vault.azure.net/',
    TWINKEY_TOPIC_ENDPOINT: 'https://t.westeurope-1.eventgrid.azure.net/api/events',
    TWINKEY_QUEUE: 'twinkey-passes',
    TWINKEY_TICK_SCHEDULE: '0 * * * * *',
    AzureWebJobsStorage__accountName: 'store',
    ...changes,
  };
}

function problemsOf(env: Record<string, string | undefined>): string[] {
  try {
    readSettings(env);
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

describe('the settings', () => {
  it('are complete with the few that have no default', () => {
    expect(readSettings(givenEnv())).toEqual({
      deployment: 'demo',
      accountIds: [LANG],
      subscriptionIds: [],
      vaultUrl: 'https://keys.vault.azure.net',
      allowedVaultUrls: ['https://keys.vault.azure.net'],
      verifyVaultHost: true,
      topicEndpoint: 'https://t.westeurope-1.eventgrid.azure.net/api/events',
      cloud: {
        armEndpoint: 'https://management.azure.com',
        armScope: 'https://management.azure.com/.default',
        authorityHost: 'https://login.microsoftonline.com',
        tableSuffix: 'table.core.windows.net',
        vaultSuffix: 'vault.azure.net',
        topicSuffix: 'eventgrid.azure.net',
        topicScope: 'https://eventgrid.azure.net/.default',
        telemetryScope: 'https://monitor.azure.com/.default',
      },
      apiUrl: undefined,
      platformAuth: false,
      allowKeyless: false,
      queueName: 'twinkey-passes',
      tablePrefix: 'twinkey',
      policyDefaults: POLICY_DEFAULTS,
      timing: DEFAULT_TIMING,
      fleet: DEFAULT_FLEET,
      storage: {
        tableServiceUrl: 'https://store.table.core.windows.net',
        queueServiceUrl: 'https://store.queue.core.windows.net',
        clientId: undefined,
      },
      credential: {
        kind: 'developer',
        tools: ['azureCli', 'azureDeveloperCli'],
        tenantId: undefined,
      },
      clientId: undefined,
    });
  });

  it('take name and address from the function app', () => {
    const env = givenEnv({
      TWINKEY_DEPLOYMENT: undefined,
      WEBSITE_SITE_NAME: 'twinkey-prod',
      WEBSITE_HOSTNAME: 'twinkey-prod.azurewebsites.net',
    });
    expect(readSettings(env)).toMatchObject({
      deployment: 'twinkey-prod',
      apiUrl: 'https://twinkey-prod.azurewebsites.net/api',
    });
  });

  it('follow the cloud, whose token scope stays when its endpoint is another', () => {
    const env = givenEnv({
      TWINKEY_CLOUD: 'usgovernment',
      TWINKEY_VAULT_URL: 'https://keys.vault.usgovcloudapi.net',
      TWINKEY_TOPIC_ENDPOINT: 'https://t.usgovvirginia-1.eventgrid.azure.us/api/events',
      TWINKEY_ARM_ENDPOINT: 'https://127.0.0.1:4430/',
    });
    expect(readSettings(env)).toMatchObject({
      cloud: {
        armEndpoint: 'https://127.0.0.1:4430',
        armScope: 'https://management.usgovcloudapi.net/.default',
      },
      storage: {
        tableServiceUrl: 'https://store.table.core.usgovcloudapi.net',
        queueServiceUrl: 'https://store.queue.core.usgovcloudapi.net',
      },
    });
  });

  it('read lists without regard to case, blanks and repetition', () => {
    const id = LANG.replace('resourcegroups', 'resourceGroups').replace('/lang', '/Lang');
    const env = givenEnv({
      TWINKEY_ACCOUNTS: ` ${id} , ${LANG},`,
      TWINKEY_SUBSCRIPTIONS: `${subscriptionId(1)}, ${subscriptionId(2)}`,
      TWINKEY_ALLOWED_VAULT_URLS: 'https://other.vault.azure.net',
    });
    expect(readSettings(env)).toMatchObject({
      accountIds: [LANG],
      subscriptionIds: [subscriptionId(1), subscriptionId(2)],
      allowedVaultUrls: ['https://keys.vault.azure.net', 'https://other.vault.azure.net'],
    });
  });

  it('prefer a connection string, and give storage an identity of its own', () => {
    const clientId = subscriptionId(7);
    const connectionString = 'UseDevelopmentStorage=true';
    expect(readSettings(givenEnv({ AzureWebJobsStorage: connectionString })).storage).toEqual({
      connectionString,
    });
    const env = givenEnv({
      AzureWebJobsStorage__tableServiceUri: 'https://store.table.example/',
      AzureWebJobsStorage__clientId: clientId,
      AZURE_CLIENT_ID: subscriptionId(8),
    });
    expect(readSettings(env)).toMatchObject({
      storage: { tableServiceUrl: 'https://store.table.example', clientId },
      clientId: subscriptionId(8),
    });
  });

  it('limit what the fleet does at once', () => {
    const env = givenEnv({
      TWINKEY_MAX_UNDER_WAY: '50',
      TWINKEY_RING_DELAY: 'PT2H',
      TWINKEY_BRAKE_AFTER: '3',
      TWINKEY_BRAKE_QUIET: 'PT1H',
    });
    const hour = 3_600_000;
    const brake = { after: 3, quietMs: hour };
    expect(readSettings(env).fleet).toEqual({ maxUnderWay: 50, ringDelayMs: 2 * hour, brake });
  });

  it.each(['0', '-1', '1.5', '1e3', 'many', '1000000000'])(
    'refuse %s as a number of accounts',
    (number) => {
      const problems = problemsOf(givenEnv({ TWINKEY_MAX_UNDER_WAY: number }));
      const expected = `TWINKEY_MAX_UNDER_WAY: expected a whole number of at least 1, found '${number}'`;
      expect(problems).toEqual([expected]);
    },
  );

  it.each([
    'http://127.0.0.1:7071/api',
    'http://localhost/api',
    'http://[::1]:7071/api',
    'https://twinkey.example/api',
  ])("take %s for the API's address", (url) => {
    expect(readSettings(givenEnv({ TWINKEY_API_URL: `${url}/` })).apiUrl).toBe(url);
  });

  it.each([
    'http://example.org/api',
    'http://127.0.0.1.example.org/api',
    'http://localhost:7071@example.org/api',
    'ftp://127.0.0.1/api',
    'https://example.org/api?code=1',
  ])("refuse %s as the API's address", (url) => {
    expect(problemsOf(givenEnv({ TWINKEY_API_URL: url }))).toEqual([
      expect.stringMatching(/^TWINKEY_API_URL: expected an https URL .* http for a loopback/),
    ]);
  });

  it("speak plain http with a host on the developer's machine", () => {
    const env = givenEnv({ WEBSITE_HOSTNAME: 'localhost:7071' });
    expect(readSettings(env).apiUrl).toBe('http://localhost:7071/api');
  });
});

it.each([
  `InstrumentationKey=${subscriptionId(1)}`,
  `InstrumentationKey=${subscriptionId(1)};IngestionEndpoint=https://in.contoso.example/;LiveEndpoint=https://live.contoso.example/;ApplicationId=${subscriptionId(2)}`,
])('a place for telemetry may be %s', (text) => {
  const env = givenEnv({ APPLICATIONINSIGHTS_CONNECTION_STRING: text });
  expect(() => readSettings(env)).not.toThrow();
});

describe('invalid settings', () => {
  it.each([
    'InstrumentationKey=',
    'InstrumentationKey=mine',
    `Key=${subscriptionId(1)}`,
    `InstrumentationKey=${subscriptionId(1)};IngestionEndpoint=http://in.contoso.example/`,
    `InstrumentationKey=${subscriptionId(1)};IngestionEndpoint=`,
    `IngestionEndpoint=in.contoso.example;InstrumentationKey=${subscriptionId(1)}`,
    `InstrumentationKey=${subscriptionId(1)};IngestionEndpoint=https://in.contoso.example/;LiveEndpoint=live`,
  ])('are a place for telemetry such as %s, which what sends it would not start with', (text) => {
    expect(problemsOf(givenEnv({ APPLICATIONINSIGHTS_CONNECTION_STRING: text }))).toEqual([
      expect.stringMatching(/^APPLICATIONINSIGHTS_CONNECTION_STRING: .*\(not shown\)$/),
    ]);
  });

  it('are reported all at once: name, expected form, what was found', () => {
    const problems = problemsOf({
      TWINKEY_DEPLOYMENT: 'no spaces please',
      TWINKEY_ACCOUNTS: `${LANG},/subscriptions/1`,
      TWINKEY_SUBSCRIPTIONS: 'prod',
      TWINKEY_VAULT_URL: 'http://keys.vault.azure.net',
      TWINKEY_TOPIC_ENDPOINT: 'https://t.example/api/events?key=1',
      TWINKEY_CLOUD: 'moon',
      TWINKEY_VERIFY_VAULT_HOST: 'no',
      TWINKEY_TICK_SCHEDULE: '* * * * *',
      TWINKEY_CALL_TIMEOUT: '30s',
      TWINKEY_DEFAULT_PERIOD: 'monthly',
      TWINKEY_DEFUALT_OVERLAP: 'P2D',
      AZURE_CLIENT_ID: 'me',
    });
    expect(problems).toEqual([
      "TWINKEY_DEPLOYMENT: expected 1 to 64 letters, digits and dashes, found 'no spaces please'",
      expect.stringMatching(/^TWINKEY_ACCOUNTS: expected comma-separated resource ids .*\/1'$/),
      "TWINKEY_SUBSCRIPTIONS: expected comma-separated subscription ids (GUIDs), found 'prod'",
      expect.stringMatching(/^TWINKEY_VAULT_URL: .* found 'http:\/\/keys/),
      expect.stringMatching(/^TWINKEY_TOPIC_ENDPOINT: expected an https URL without query/),
      "TWINKEY_CLOUD: expected one of public, usgovernment, china, found 'moon'",
      "TWINKEY_VERIFY_VAULT_HOST: expected 'true' or 'false', found 'no'",
      expect.stringMatching(/^TWINKEY_QUEUE: expected .*, found nothing$/),
      expect.stringMatching(
        /^TWINKEY_TICK_SCHEDULE: expected a six-field .* found '\* \* \* \* \*'$/,
      ),
      "TWINKEY_CALL_TIMEOUT: expected a positive ISO 8601 duration, e.g. 'PT30S', found '30s'",
      "AZURE_CLIENT_ID: expected a GUID, found 'me'",
      'TWINKEY_DEFUALT_OVERLAP: expected the name of a setting, found an unknown name',
      expect.stringMatching(/^AzureWebJobsStorage or .*: expected at least one .*, found nothing$/),
      expect.stringMatching(/^TWINKEY_DEFAULT_PERIOD: .* found 'monthly'$/),
    ]);
  });

  it('name neither accounts nor subscriptions', () => {
    const [problem] = problemsOf(givenEnv({ TWINKEY_ACCOUNTS: ' ' }));
    expect(problem).toMatch(/^TWINKEY_ACCOUNTS or TWINKEY_SUBSCRIPTIONS: /);
  });

  it('never show what a pasted URL carries along', () => {
    const problems = problemsOf(
      givenEnv({
        TWINKEY_TOPIC_ENDPOINT: 'https://t.x/api/events?aeg-sas-key=SECRET1',
        TWINKEY_VAULT_URL: 'https://user:SECRET2@keys.vault.azure.net',
        AzureWebJobsStorage__tableServiceUri: 'https://s.table.core.windows.net/?sig=SECRET3',
      }),
    );
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toContain('SECRET');
    expect(problems.join()).toContain("found 'https://t.x/api/events?…'");
  });

  it('never show a connection string', () => {
    const problems = problemsOf(givenEnv({ AzureWebJobsStorage: 'hunter2' }));
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('hunter2');
  });

  it.each([
    ['PT0S', 0],
    ['P', 1],
    ['PT', 1],
    ['PT1M', 0],
  ])('allow for a clock skew of %s: %i problems', (skew, count) => {
    expect(problemsOf(givenEnv({ TWINKEY_CLOCK_SKEW: skew }))).toHaveLength(count);
  });

  it.each([
    ['at', 'PT6M30S', 1],
    ['past', 'PT6M31S', 0],
  ])('have a quarantine %s the latest effect of a call', (_, quarantine, count) => {
    const problems = problemsOf(givenEnv({ TWINKEY_QUARANTINE: quarantine }));
    expect(problems.filter((line) => line.includes('quarantine must be longer'))).toHaveLength(
      count,
    );
  });

  it('have an overlap that does not exceed the quarantine', () => {
    const problems = problemsOf(givenEnv({ TWINKEY_DEFAULT_OVERLAP: 'PT15M' }));
    expect(problems).toEqual([expect.stringMatching(/^TWINKEY_DEFAULT_OVERLAP: .*'PT15M'$/)]);
  });
});

describe('the table of settings', () => {
  it.each(Object.entries(SETTING_ROWS))('has a default of its own form for %s', (name, row) => {
    expect(row.meaning).toMatch(/\.$/);
    if (!('default' in row) || row.default === undefined) return;
    expect(row.parse.safeParse(row.default), name).toMatchObject({ success: true });
  });
});
