import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CLOUDS } from '../../shared/azure/clouds.ts';
import {
  ALTERNATIVES,
  SETTING_ROWS,
  type SettingName,
  type SettingRow,
} from '../../shared/azure/settingRows.ts';
import { POLICY_DEFAULTS } from '../../shared/core/policy.ts';
import { type Declaration, propertiesOf, readFile, readTemplate, textOf } from './bicep.ts';

/** What the Functions host and the platform read, not the service. */
const PLATFORM_SETTINGS = [
  'AzureWebJobsStorage__credential',
  'AzureWebJobsStorage__blobServiceUri',
];

/** Set by the app's storage and identity, not by a parameter. */
const OWN_PARAMETERS: Partial<Record<SettingName, string>> = {
  TWINKEY_DEPLOYMENT: 'deploymentName',
  TWINKEY_ACCOUNTS: 'accountIds',
  TWINKEY_SUBSCRIPTIONS: 'subscriptionIds',
  TWINKEY_VAULT_URL: 'vaultId',
  TWINKEY_ALLOWED_VAULT_URLS: 'allowedVaultIds',
  TWINKEY_PLATFORM_AUTH: 'authClientId',
  TWINKEY_ALLOW_KEYLESS: 'allowKeyless',
  TWINKEY_TICK_SCHEDULE: 'tickSchedule',
  TWINKEY_DEFAULT_PERIOD: 'defaultPeriod',
  TWINKEY_DEFAULT_OVERLAP: 'defaultOverlap',
  TWINKEY_DEFAULT_WINDOW: 'defaultWindow',
  TWINKEY_DEFAULT_SUBSCRIBERS: 'defaultSubscribers',
  TWINKEY_DEFAULT_ACK: 'defaultAcknowledgement',
  TWINKEY_DEFAULT_ACK_LIMIT: 'defaultAcknowledgementLimit',
};

const main = await readTemplate('infra/main.bicep', readFile('infra/main.bicep'));
const app = await readTemplate('infra/app.bicep', readFile('infra/app.bicep'));
const appSettings = await readTemplate(
  'infra/appSettings.bicep',
  readFile('infra/appSettings.bicep'),
);

const parameters = new Map(
  main.declarations.filter(({ kind }) => kind === 'param').map((one) => [one.name, one]),
);

function defaultOf(parameter: string): string | undefined {
  return textOf(parameters.get(parameter)?.value);
}

/** The arguments of the `union` that makes the service's settings; the last wins. */
function unionOfSettings() {
  const call = main.root
    .descendantsOfType('object_property')
    .find((node) => node?.text.startsWith('settings: union('));
  const [argumentList] = call?.descendantsOfType('arguments') ?? [];
  return argumentList?.namedChildren.filter((node) => node !== null) ?? [];
}

/** Names that begin as settings do, wherever they are keys in a template. */
function settingsIn(text: string): string[] {
  const found = text.match(
    /^\s*(TWINKEY_\w+|AzureWebJobs\w+|AZURE_\w+|APPLICATIONINSIGHTS_\w+):/gm,
  );
  return [...new Set(found?.map((line) => line.trim().slice(0, -1)))];
}

describe('application settings', () => {
  const set = [...settingsIn(main.root.text), ...settingsIn(appSettings.root.text)];

  it('are all known to the service or to the platform', () => {
    const known = [...Object.keys(SETTING_ROWS), ...PLATFORM_SETTINGS];
    expect(set.length).toBeGreaterThan(20);
    expect(set.filter((name) => !known.includes(name))).toEqual([]);
    expect(PLATFORM_SETTINGS.filter((name) => !set.includes(name))).toEqual([]);
  });

  it('that the service requires are all set', () => {
    const rows = Object.entries<SettingRow>(SETTING_ROWS);
    const required = rows.filter(
      ([, row]) => !row.optional && !row.fallback && !('default' in row),
    );
    expect(required.length).toBeGreaterThan(2);
    expect(set).toEqual(expect.arrayContaining(required.map(([name]) => name)));
    for (const names of ALTERNATIVES) {
      expect(names.filter((name) => set.includes(name))).not.toEqual([]);
    }
  });

  it('are lists that name nothing twice, as there is a module for each of their items', () => {
    expect(main.root.text).toMatch(/^func listOf\(text string\) array => union\(.*, \[\]\)$/m);
    expect(main.root.text).toMatch(/^var vaultIds = union\(/m);
  });

  it.each(Object.entries(OWN_PARAMETERS))('%s comes from the parameter %s', (name, parameter) => {
    expect(parameters.has(parameter)).toBe(true);
    const value = propertiesOf(unionOfSettings()[0]).get(name)?.text;
    expect(reachable(String(value))).toContain(parameter);
  });

  it('of any other name come from the parameter settings, which wins', () => {
    expect(unionOfSettings().at(-1)?.text).toBe('settings');
    expect(parameters.get('settings')?.value?.text).toBe('{}');
    const call = appSettings.root.text.match(/union\((hostSettings[^)]*)\)/)?.[1];
    expect(call?.split(', ').at(-1)).toBe('settings');
  });

  it('are forms that the service takes where they are fixed', () => {
    const fixed = propertiesOf(unionOfSettings()[0]);
    const queue = String(textOf(fixed.get('TWINKEY_QUEUE')));
    expect(SETTING_ROWS.TWINKEY_QUEUE.parse.safeParse(queue).success).toBe(true);
    const schedule = String(defaultOf('tickSchedule'));
    expect(SETTING_ROWS.TWINKEY_TICK_SCHEDULE.parse.safeParse(schedule).success).toBe(true);
    expect(fixed.get('TWINKEY_PLATFORM_AUTH')?.text).toContain("? 'true' : 'false'");
    expect(fixed.get('TWINKEY_ALLOW_KEYLESS')?.text).toContain("? 'true' : 'false'");
  });

  it('are given to the app when the sign-in that they tell of stands before it, and never sooner', () => {
    const module = /^module appSettings [\s\S]*?^\}/m.exec(main.root.text)?.[0];
    expect(module).toContain('\n  dependsOn: [authentication]\n');
    expect(module).toContain('TWINKEY_PLATFORM_AUTH: hasSignIn');
    expect(main.root.text).toMatch(
      /^module authentication 'authentication.bicep' = if \(hasSignIn\)/m,
    );
    expect(main.root.text.match(/TWINKEY_PLATFORM_AUTH/g)).toHaveLength(2);
    expect(app.root.text).not.toContain('appSettings:');
  });

  it('name the cloud as the service does', () => {
    const clouds = main.declarations.find(({ name }) => name === 'clouds')?.value;
    const names = [...propertiesOf(clouds)].map(([cloud, name]) => [cloud, textOf(name)]);
    expect(Object.fromEntries(names)).toEqual({
      AzureCloud: 'public',
      AzureUSGovernment: 'usgovernment',
      AzureChinaCloud: 'china',
    });
    expect(names.map(([, name]) => name)).toEqual(Object.keys(CLOUDS));
    expect(Object.keys(JSON.parse(readFile('infra/privateZones.json')))).toEqual([
      ...propertiesOf(clouds).keys(),
    ]);
  });
});

describe('other clouds', () => {
  const zones: Record<string, Record<string, string>> = JSON.parse(
    readFile('infra/privateZones.json'),
  );

  it.each([
    ['AzureCloud', CLOUDS.public, 'azurewebsites.net'],
    ['AzureUSGovernment', CLOUDS.usgovernment, 'azurewebsites.us'],
    ['AzureChinaCloud', CLOUDS.china, 'chinacloudsites.cn'],
  ])(
    'have in %s the private zones of the names that the service asks for',
    (name, cloud, sites) => {
      expect(zones[name]).toEqual({
        vault: `privatelink.${cloud.vaultSuffix.replace(/^vault/, 'vaultcore')}`,
        topic: `privatelink.${cloud.topicSuffix}`,
        sites: `privatelink.${sites}`,
      });
    },
  );

  it('are reached by every template: none names an address of one cloud', () => {
    const files = readdirSync(new URL('../../infra/', import.meta.url)).filter(
      (name) => name !== 'privateZones.json',
    );
    expect(files.length).toBeGreaterThan(15);
    const fixed = files.flatMap((name) =>
      readFile(`infra/${name}`)
        .split('\n')
        .filter((line) => !line.includes('"$schema"'))
        .filter((line) => ADDRESS_OF_A_CLOUD.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    );
    expect(fixed).toEqual([]);
  });

  it('would be seen to be missed', () => {
    for (const { armEndpoint, authorityHost, ...suffixes } of Object.values(CLOUDS)) {
      for (const address of [armEndpoint, authorityHost, ...Object.values(suffixes)]) {
        expect(address).toMatch(ADDRESS_OF_A_CLOUD);
      }
    }
  });
});

/** Domains that are Azure's in one cloud and nobody's, or somebody else's, in the others. */
const ADDRESS_OF_A_CLOUD =
  /\b(azure|windows|microsoftonline|microsoft|azurewebsites|usgovcloudapi|chinacloudapi|chinacloudsites)\.(com|net|us|cn)\b/i;

/** The names in an expression, and those that the variables in it are made of. */
function reachable(text: string): string[] {
  const names = text.match(/\b[a-zA-Z]\w*\b/g) ?? [];
  return names.flatMap((name) => {
    const variable = main.declarations.find(
      (one): one is Declaration => one.kind === 'var' && one.name === name,
    );
    return variable ? [name, ...reachable(variable.value?.text ?? '')] : [name];
  });
}

describe('defaults', () => {
  it.each([
    ['defaultPeriod', 'key-rotation-period'],
    ['defaultOverlap', 'key-rotation-overlap'],
    ['defaultWindow', 'key-rotation-window'],
    ['defaultSubscribers', 'key-rotation-subscribers'],
    ['defaultAcknowledgement', 'key-rotation-ack'],
    ['defaultAcknowledgementLimit', 'key-rotation-ack-limit'],
  ] as const)('%s is the default of %s', (parameter, tag) => {
    expect(defaultOf(parameter)).toBe(POLICY_DEFAULTS[tag]);
  });
});

describe('main.parameters.json', () => {
  const file = JSON.parse(readFile('infra/main.parameters.json'));
  const entries = Object.entries<{ value: unknown }>(file.parameters);

  it('names parameters that there are, and every one that has no default', () => {
    const names = entries.map(([name]) => name);
    expect(names.filter((name) => !parameters.has(name))).toEqual([]);
    const required = [...parameters.values()].filter(({ value }) => !value);
    expect(names).toEqual(expect.arrayContaining(required.map(({ name }) => name)));
  });

  it('takes each from a variable of its own', () => {
    const variables = entries.map(([, { value }]) => /^\$\{([A-Z_]+)/.exec(String(value))?.[1]);
    const used = variables.filter(Boolean);
    expect(used.length).toBe(entries.length - 1);
    expect(used).toEqual([...new Set(used)]);
  });

  it('falls back to the defaults of the template: azd hands an empty text on as it is', () => {
    for (const [name, { value }] of entries) {
      const fallback = /=(.*)\}$/.exec(String(value))?.[1];
      const own = defaultOf(name);
      // A truth value or nothing at all that azd cannot read makes it take the template's default.
      if (own !== undefined) expect(fallback ?? '', name).toBe(own);
      else expect(fallback, name).toBeUndefined();
    }
  });

  it('uses no variable that an output overwrites', () => {
    const outputs = main.declarations.filter(({ kind }) => kind === 'output');
    const text = readFile('infra/main.parameters.json');
    for (const { name } of outputs) expect(text).not.toMatch(new RegExp(`\\{${name}[=}]`));
  });
});

describe('azure.yaml', () => {
  const project = parse(readFile('azure.yaml'));

  it('names folders and a template that are there, and the folder that a build makes', () => {
    const { path, module } = project.infra;
    expect(existsSync(new URL(`../../${path}/${module}.bicep`, import.meta.url))).toBe(true);
    const { app: service } = project.services;
    expect(existsSync(new URL(`../../${service.project}/package.json`, import.meta.url))).toBe(
      true,
    );
    expect(readFile('.gitignore').split('\n')).toContain(`${service.dist}/`);
  });

  it('deploys to the app that carries its tag', () => {
    const [service] = Object.keys(project.services);
    expect(app.root.text).toContain(`'azd-service-name': '${service}'`);
  });

  it('has nothing built in Azure, by an azd that knows how, and the page says which', () => {
    expect(project.services.app.remoteBuild).toBe(false);
    const version = project.requiredVersions.azd.replace(/^>= /, '');
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(readFile('docs/deploy.md')).toContain(`azd ${version} or newer`);
    // azd takes that line for a wish to build in Azure, and then refuses `remoteBuild: false`.
    expect(readFile('.funcignore')).not.toMatch(/^[^#\n]*node_modules/m);
  });

  it('switches on by its hooks what the parameters file reads', () => {
    const hooks = JSON.stringify(project.hooks);
    const variable = /azd env set (\w+) true/.exec(hooks)?.[1];
    expect(readFile('infra/main.parameters.json')).toContain(
      `"azureEvents": { "value": "\${${variable}}" }`,
    );
  });
});
