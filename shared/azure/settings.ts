import type { FleetLimits } from '../core/fleet/limits.ts';
import { POLICY_DEFAULTS, type PolicyTag, readPolicy } from '../core/policy.ts';
import { DEFAULT_TIMING, type Timing, timingProblems } from '../core/timing.ts';
import { cloudProblems } from './cloudProblems.ts';
import { CLOUDS, type Cloud } from './clouds.ts';
import { type CredentialChoice, chooseCredential, credentialProblems } from './credentialChoice.ts';
import { isLoopback } from './settingForms.ts';
import {
  ALTERNATIVES,
  SETTING_ROWS,
  type SettingName,
  type SettingProblem,
  type SettingRow,
  type SettingValues,
} from './settingRows.ts';

/** How the Table service is reached. */
export type StorageSettings =
  | { readonly connectionString: string }
  | {
      readonly tableServiceUrl: string;
      readonly queueServiceUrl: string;
      readonly clientId: string | undefined;
    };

/** What a deployment is told by its application settings; URLs have no trailing slash. */
export interface Settings {
  readonly deployment: string;
  /** Lower-cased resource ids. */
  readonly accountIds: readonly string[];
  readonly subscriptionIds: readonly string[];
  readonly vaultUrl: string;
  /** All vaults that tags may name, the default one included. */
  readonly allowedVaultUrls: readonly string[];
  readonly verifyVaultHost: boolean;
  readonly topicEndpoint: string;
  /** With `TWINKEY_ARM_ENDPOINT` and `TWINKEY_TOPIC_SCOPE` applied. */
  readonly cloud: Cloud;
  readonly apiUrl: string | undefined;
  /** App Service authentication is on: the principal's roles decide. */
  readonly platformAuth: boolean;
  readonly allowKeyless: boolean;
  readonly queueName: string;
  readonly tablePrefix: string;
  readonly policyDefaults: Readonly<Record<PolicyTag, string>>;
  readonly timing: Timing;
  readonly fleet: FleetLimits;
  readonly storage: StorageSettings;
  readonly credential: CredentialChoice;
  /** Client id of the user-assigned identity or the service principal. */
  readonly clientId: string | undefined;
}

/** Everything that is wrong with the settings, a line for each. */
export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    const lines = problems.map(
      ({ setting, expected, found }) => `  ${setting}: expected ${expected}, found ${found}`,
    );
    super(`The application settings are invalid:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** Reads the application settings. Throws {@link SettingsInvalid} with all problems at once. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const { values, problems } = parseRows(withPlatformDefaults(env));
  problems.push(...unknownNames(env), ...missingAlternatives(env));
  problems.push(...timingRelations(values), ...policyRelations(values));
  problems.push(...cloudProblems(values), ...credentialProblems(values, env));
  if (problems.length > 0) throw new SettingsInvalid(problems);
  return toSettings(values, env);
}

/** What App Service tells every app about itself, and so do the hosts on developers' machines. */
function withPlatformDefaults(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return {
    TWINKEY_DEPLOYMENT: env['WEBSITE_SITE_NAME'],
    TWINKEY_API_URL: ownApiUrl(env['WEBSITE_HOSTNAME']),
    ...Object.fromEntries(Object.entries(env).filter(([, text]) => text?.trim())),
  };
}

/** On a developer's machine the host's name is `localhost:7071`, where plain http is spoken. */
function ownApiUrl(host: string | undefined): string | undefined {
  if (!host) return undefined;
  const local = `http://${host}/api`;
  return URL.canParse(local) && isLoopback(new URL(local)) ? local : `https://${host}/api`;
}

function parseRows(env: Readonly<Record<string, string | undefined>>): {
  values: SettingValues;
  problems: SettingProblem[];
} {
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [setting, row] of Object.entries<SettingRow>(SETTING_ROWS)) {
    const text = env[setting]?.trim() ?? row.default;
    if (text === undefined && row.optional) continue;
    const reading = row.parse.safeParse(text);
    if (reading.success) values[setting] = reading.data;
    else problems.push({ setting, expected: row.form, found: shown(text, row) });
  }
  // What did not parse is absent; the relations below allow for it, and nothing else is reached.
  return { values: values as SettingValues, problems };
}

function shown(text: string | undefined, row: SettingRow): string {
  if (text === undefined) return 'nothing';
  return row.secret ? 'something else (not shown)' : `'${withoutSecrets(text)}'`;
}

/** URLs that people paste may carry a signature or a password. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, '//…@').replace(/[?#].*$/s, '?…');
}

/** A misspelt name would be ignored in silence otherwise. */
function unknownNames(env: Readonly<Record<string, string | undefined>>): SettingProblem[] {
  return Object.keys(env)
    .filter((name) => /^TWINKEY_/i.test(name) && !Object.hasOwn(SETTING_ROWS, name))
    .map((setting) => ({ setting, expected: 'the name of a setting', found: 'an unknown name' }));
}

function missingAlternatives(env: Readonly<Record<string, string | undefined>>): SettingProblem[] {
  return ALTERNATIVES.filter((names) => !names.some((name) => env[name]?.trim())).map((names) => ({
    setting: names.join(' or '),
    expected: 'at least one of them',
    found: 'nothing',
  }));
}

/** Relations between time limits; judged only when all of them are there. */
function timingRelations(values: SettingValues): SettingProblem[] {
  const timing = toTiming(values);
  if (!Object.values(timing).every(Number.isFinite)) return [];
  return timingProblems(timing).map((problem) => {
    const [expected = '', found = ''] = problem.split(', found ');
    return { setting: 'TWINKEY_… time limits', expected, found };
  });
}

/** Holds the defaults to the form and the relations of the accounts' own tags, by their parser. */
function policyRelations(values: SettingValues): SettingProblem[] {
  const reading = readPolicy({}, toPolicyDefaults(values), {
    accountName: 'account',
    defaultVaultUrl: '',
    allowedVaultUrls: [],
    quarantineMs: values.TWINKEY_QUARANTINE ?? DEFAULT_TIMING.quarantineMs,
  });
  if (reading.ok) return [];
  return reading.problems.map(({ setting, expected, found }) => ({
    setting: POLICY_SETTINGS[setting as PolicyTag] ?? setting,
    expected,
    found: `'${found}'`,
  }));
}

const POLICY_SETTINGS: Partial<Record<PolicyTag, SettingName>> = {
  'key-rotation-period': 'TWINKEY_DEFAULT_PERIOD',
  'key-rotation-overlap': 'TWINKEY_DEFAULT_OVERLAP',
  'key-rotation-window': 'TWINKEY_DEFAULT_WINDOW',
  'key-rotation-subscribers': 'TWINKEY_DEFAULT_SUBSCRIBERS',
  'key-rotation-ack': 'TWINKEY_DEFAULT_ACK',
  'key-rotation-ack-limit': 'TWINKEY_DEFAULT_ACK_LIMIT',
};

function toPolicyDefaults(values: SettingValues): Record<PolicyTag, string> {
  const defaults: Record<PolicyTag, string> = { ...POLICY_DEFAULTS };
  for (const [tag, setting] of Object.entries(POLICY_SETTINGS)) {
    defaults[tag as PolicyTag] = String(values[setting]);
  }
  return defaults;
}

function toTiming(values: SettingValues): Timing {
  return {
    sendWithinMs: values.TWINKEY_SEND_WITHIN,
    callTimeoutMs: values.TWINKEY_CALL_TIMEOUT,
    clockSkewMs: values.TWINKEY_CLOCK_SKEW,
    quarantineMs: values.TWINKEY_QUARANTINE,
    claimMs: values.TWINKEY_CLAIM,
    probeIntervalMs: values.TWINKEY_PROBE_INTERVAL,
    verificationLimitMs: values.TWINKEY_VERIFICATION_LIMIT,
    settlingDelayMs: values.TWINKEY_SETTLING_DELAY,
    minimumIntervalMs: values.TWINKEY_MINIMUM_INTERVAL,
    checkIntervalMs: values.TWINKEY_CHECK_INTERVAL,
  };
}

function toSettings(
  values: SettingValues,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const cloud: Cloud = CLOUDS[values.TWINKEY_CLOUD];
  return {
    deployment: values.TWINKEY_DEPLOYMENT,
    accountIds: values.TWINKEY_ACCOUNTS,
    subscriptionIds: values.TWINKEY_SUBSCRIPTIONS,
    vaultUrl: values.TWINKEY_VAULT_URL,
    allowedVaultUrls: [values.TWINKEY_VAULT_URL, ...values.TWINKEY_ALLOWED_VAULT_URLS],
    verifyVaultHost: values.TWINKEY_VERIFY_VAULT_HOST,
    topicEndpoint: values.TWINKEY_TOPIC_ENDPOINT,
    cloud: {
      ...cloud,
      armEndpoint: values.TWINKEY_ARM_ENDPOINT ?? cloud.armEndpoint,
      topicScope: values.TWINKEY_TOPIC_SCOPE ?? cloud.topicScope,
    },
    apiUrl: values.TWINKEY_API_URL,
    platformAuth: values.TWINKEY_PLATFORM_AUTH,
    allowKeyless: values.TWINKEY_ALLOW_KEYLESS,
    queueName: values.TWINKEY_QUEUE,
    tablePrefix: values.TWINKEY_TABLE_PREFIX,
    policyDefaults: toPolicyDefaults(values),
    timing: toTiming(values),
    fleet: {
      maxUnderWay: values.TWINKEY_MAX_UNDER_WAY ?? null,
      ringDelayMs: values.TWINKEY_RING_DELAY,
      brake: { after: values.TWINKEY_BRAKE_AFTER, quietMs: values.TWINKEY_BRAKE_QUIET },
    },
    storage: toStorage(values, cloud),
    credential: chooseCredential(values, env),
    clientId: values.AZURE_CLIENT_ID,
  };
}

function toStorage(values: SettingValues, cloud: Cloud): StorageSettings {
  if (values.AzureWebJobsStorage) return { connectionString: values.AzureWebJobsStorage };
  const tableServiceUrl =
    values.AzureWebJobsStorage__tableServiceUri ??
    `https://${values.AzureWebJobsStorage__accountName}.${cloud.tableSuffix}`;
  return {
    tableServiceUrl,
    queueServiceUrl:
      values.AzureWebJobsStorage__queueServiceUri ?? tableServiceUrl.replace('.table.', '.queue.'),
    clientId: values.AzureWebJobsStorage__clientId ?? values.AZURE_CLIENT_ID,
  };
}
