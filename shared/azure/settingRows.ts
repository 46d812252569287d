import { Duration } from 'luxon';
import * as z from 'zod';
import { DEFAULT_FLEET } from '../core/fleet/limits.ts';
import { POLICY_DEFAULTS, type PolicyTag } from '../core/policy.ts';
import { DEFAULT_TIMING, type Timing } from '../core/timing.ts';
import { parseAccountId } from './armAccount.ts';
import { CLOUDS } from './clouds.ts';
import {
  apiUrl,
  durationMs,
  endpoint,
  guid,
  listOf,
  matching,
  parsed,
  telemetryConnection,
  vaultUrl,
  wholeNumber,
} from './settingForms.ts';

/** One thing that is wrong; `found` never shows a secret. */
export interface SettingProblem {
  readonly setting: string;
  readonly expected: string;
  readonly found: string;
}

/** One application setting. `form` says what is expected, in messages and in the documentation. */
export interface SettingRow<T = unknown> {
  /** As it would be written; undefined: none, or see `fallback`. */
  readonly default?: string;
  /** What takes its place when it is not set, in words; undefined: `default`, or nothing does. */
  readonly fallback?: string;
  readonly form: string;
  readonly meaning: string;
  /** True when the service can do without. */
  readonly optional?: true;
  /** True when the value must not appear in messages. */
  readonly secret?: true;
  readonly parse: z.ZodType<T, string>;
}

function row<T>(
  meaning: string,
  form: string,
  parse: z.ZodType<T, string>,
  options: { default?: string; fallback?: string } = {},
): SettingRow<T> {
  return { meaning, form, parse, ...options };
}

function optional<T>(
  meaning: string,
  form: string,
  parse: z.ZodType<T, string>,
  options: { secret?: true; fallback?: string } = {},
): SettingRow<T | undefined> {
  return { meaning, form, parse, optional: true, ...options };
}

function durationText(ms: number): string {
  return Duration.fromMillis(ms).rescale().toISO() ?? '';
}

function timing(limit: keyof Timing, meaning: string, leastMs = 1): SettingRow<number> {
  const form = `${leastMs > 0 ? 'a positive' : 'an'} ISO 8601 duration, e.g. 'PT30S'`;
  const parse = parsed((duration) => durationMs(duration, leastMs));
  return row(meaning, form, parse, { default: durationText(DEFAULT_TIMING[limit]) });
}

function policy(tag: PolicyTag): SettingRow<string> {
  const meaning = `Default of the account tag ${tag}.`;
  return row(meaning, `as the tag ${tag}`, z.string(), { default: POLICY_DEFAULTS[tag] });
}

/** The ways to a token that a deployment may choose. */
const WAYS = ['managedIdentity', 'servicePrincipal', 'azureCli', 'azureDeveloperCli'] as const;

const URL_FORM = 'an https URL without query';
const BOOLEANS: Record<string, boolean> = { true: true, false: false };

/** Every setting that the service reads, by name; the documentation's table is made from this. */
export const SETTING_ROWS = {
  TWINKEY_DEPLOYMENT: row(
    'Names this deployment in secrets and events.',
    '1 to 64 letters, digits and dashes',
    matching(/^[a-zA-Z0-9-]{1,64}$/),
    { fallback: "the function app's name; **required** outside Azure" },
  ),
  TWINKEY_ACCOUNTS: row(
    'Accounts to rotate.',
    'comma-separated resource ids /subscriptions/…/providers/Microsoft.CognitiveServices/accounts/{name}',
    listOf((text) => (parseAccountId(text) ? text.toLowerCase() : undefined)),
    { default: '' },
  ),
  TWINKEY_SUBSCRIPTIONS: row(
    'Subscriptions in which every account tagged key-rotation=enabled is rotated.',
    'comma-separated subscription ids (GUIDs)',
    listOf(guid),
    { default: '' },
  ),
  TWINKEY_VAULT_URL: row(
    'The Key Vault that holds the active keys.',
    "a vault's URL, e.g. 'https://my-vault.vault.azure.net'",
    parsed(vaultUrl),
  ),
  TWINKEY_ALLOWED_VAULT_URLS: row(
    'More vaults that the tag key-rotation-secret may name.',
    'comma-separated vault URLs',
    listOf(vaultUrl),
    { default: '' },
  ),
  TWINKEY_TOPIC_ENDPOINT: row('The Event Grid topic.', URL_FORM, parsed(endpoint)),
  TWINKEY_CLOUD: row(
    'The Azure cloud: public, usgovernment or china.',
    `one of ${Object.keys(CLOUDS).join(', ')}`,
    z.enum(Object.keys(CLOUDS) as (keyof typeof CLOUDS)[]),
    { default: 'public' },
  ),
  TWINKEY_ARM_ENDPOINT: optional(
    "Azure Resource Manager's endpoint; the token scope stays the cloud's.",
    URL_FORM,
    parsed(endpoint),
    { fallback: "the cloud's" },
  ),
  TWINKEY_TOPIC_SCOPE: optional(
    'Token scope of the Event Grid topic, should your cloud know another than this project does.',
    "a scope such as 'https://eventgrid.azure.net/.default'",
    parsed((text) => (/\/\.default$/.test(text) ? endpoint(text) : undefined)),
    { fallback: "the cloud's" },
  ),
  TWINKEY_CREDENTIAL: optional(
    'Where tokens come from: managedIdentity, servicePrincipal, azureCli or azureDeveloperCli.',
    `one of ${WAYS.join(', ')}`,
    z.enum(WAYS),
    { fallback: 'see [Credentials](docs/deploy.md#credentials)' },
  ),
  TWINKEY_VERIFY_VAULT_HOST: row(
    "Refuse a vault that asks for a token for another host than its own cloud's.",
    "'true' or 'false'",
    parsed((text) => BOOLEANS[text]),
    { default: 'true' },
  ),
  TWINKEY_API_URL: optional(
    'Base URL of the HTTP API, for events. Plain http is for a loopback address only.',
    `${URL_FORM}; http for a loopback address`,
    parsed(apiUrl),
    { fallback: "the function app's own" },
  ),
  TWINKEY_PLATFORM_AUTH: row(
    "App Service authentication is on: the signed-in principal's roles decide who may do what.",
    "'true' or 'false'",
    parsed((text) => BOOLEANS[text]),
    { default: 'false' },
  ),
  TWINKEY_ALLOW_KEYLESS: row(
    'Operators may end key authentication of an account; the identity then needs accounts/write.',
    "'true' or 'false'",
    parsed((text) => BOOLEANS[text]),
    { default: 'false' },
  ),
  TWINKEY_QUEUE: row(
    "The storage queue for passes, e.g. 'twinkey-passes'; read by the queue triggers. Passes that somebody asked for have another, with '-asked' behind it.",
    'a queue name of 3 to 50 lower-case letters, digits and single dashes',
    // With '-asked-poison' behind it, it still is one of the 63 characters that Azure allows.
    matching(/^(?=.{3,50}$)[a-z0-9]+(-[a-z0-9]+)*$/),
  ),
  TWINKEY_TABLE_PREFIX: row(
    'Begins the names of the tables.',
    '1 to 40 letters and digits, the first a letter',
    matching(/^[a-zA-Z][a-zA-Z0-9]{0,39}$/),
    { default: 'twinkey' },
  ),
  TWINKEY_TICK_SCHEDULE: row(
    'When due accounts are looked for; read by the timer trigger.',
    "a six-field NCRONTAB expression, e.g. '0 * * * * *'",
    matching(/^[\d*,/A-Za-z-]+( [\d*,/A-Za-z-]+){5}$/),
  ),
  TWINKEY_DEFAULT_PERIOD: policy('key-rotation-period'),
  TWINKEY_DEFAULT_OVERLAP: policy('key-rotation-overlap'),
  TWINKEY_DEFAULT_WINDOW: policy('key-rotation-window'),
  TWINKEY_DEFAULT_SUBSCRIBERS: policy('key-rotation-subscribers'),
  TWINKEY_DEFAULT_ACK: policy('key-rotation-ack'),
  TWINKEY_DEFAULT_ACK_LIMIT: policy('key-rotation-ack-limit'),
  TWINKEY_SEND_WITHIN: timing(
    'sendWithinMs',
    'A change is not sent later than this after its pass began.',
  ),
  TWINKEY_CALL_TIMEOUT: timing('callTimeoutMs', 'Time-out of one outside call.'),
  TWINKEY_CLOCK_SKEW: timing('clockSkewMs', "Largest difference between two instances' clocks.", 0),
  TWINKEY_QUARANTINE: timing(
    'quarantineMs',
    'How long an attempt of unknown outcome is given to take effect.',
  ),
  TWINKEY_CLAIM: timing('claimMs', "How long a worker's claim on an account lasts."),
  TWINKEY_PROBE_INTERVAL: timing('probeIntervalMs', 'Pause between two probes of a new key.'),
  TWINKEY_VERIFICATION_LIMIT: timing(
    'verificationLimitMs',
    'How long a new key may be refused before people are told.',
  ),
  TWINKEY_SETTLING_DELAY: timing(
    'settlingDelayMs',
    'How long a new key rests when a network rule forbids probing it.',
    0,
  ),
  TWINKEY_MINIMUM_INTERVAL: timing(
    'minimumIntervalMs',
    'Shortest time between two scheduled rotations of an account.',
    0,
  ),
  TWINKEY_CHECK_INTERVAL: timing(
    'checkIntervalMs',
    'Longest time between two looks at an account.',
  ),
  TWINKEY_MAX_UNDER_WAY: optional(
    'Accounts between start and retired at once; scheduled rotations and adoptions wait for a place.',
    'a whole number of at least 1',
    parsed(wholeNumber),
    { fallback: 'any number' },
  ),
  TWINKEY_RING_DELAY: row(
    'How long after a publish accounts of higher rings still wait; an overlap that is over ends it.',
    "an ISO 8601 duration, e.g. 'PT30S'",
    parsed((text) => durationMs(text, 0)),
    { default: durationText(DEFAULT_FLEET.ringDelayMs) },
  ),
  TWINKEY_BRAKE_AFTER: row(
    'So many accounts in a row that fail in the same way keep others from beginning.',
    'a whole number of at least 1',
    parsed(wholeNumber),
    { default: String(DEFAULT_FLEET.brake.after) },
  ),
  TWINKEY_BRAKE_QUIET: row(
    'Without a failure for so long, others begin again.',
    "a positive ISO 8601 duration, e.g. 'PT30S'",
    parsed((text) => durationMs(text, 1)),
    { default: durationText(DEFAULT_FLEET.brake.quietMs) },
  ),
  AzureWebJobsStorage: optional(
    'Storage for records: a connection string, as on a developer machine.',
    'a storage connection string',
    matching(/=/),
    { secret: true },
  ),
  AzureWebJobsStorage__tableServiceUri: optional(
    "The Table service's URL, used with the managed identity.",
    URL_FORM,
    parsed(endpoint),
  ),
  AzureWebJobsStorage__accountName: optional(
    'The storage account, instead of a Table service URL.',
    '3 to 24 lower-case letters and digits',
    matching(/^[a-z0-9]{3,24}$/),
  ),
  AzureWebJobsStorage__queueServiceUri: optional(
    "The Queue service's URL, used with the managed identity.",
    URL_FORM,
    parsed(endpoint),
    { fallback: "as the Table service's" },
  ),
  AzureWebJobsStorage__clientId: optional(
    'Client id of the user-assigned identity for storage.',
    'a GUID',
    parsed(guid),
    { fallback: '`AZURE_CLIENT_ID`' },
  ),
  AZURE_CLIENT_ID: optional(
    'Client id of the user-assigned identity, or of the service principal.',
    'a GUID',
    parsed(guid),
    { fallback: 'the system-assigned identity' },
  ),
  AZURE_TENANT_ID: optional(
    "The service principal's or the developer's tenant.",
    'a GUID or a domain name',
    matching(/^[0-9a-zA-Z.-]+$/),
    { fallback: 'the one that the developer is signed in to' },
  ),
  AZURE_CLIENT_SECRET: optional("The service principal's secret.", 'a secret', matching(/\S/), {
    secret: true,
  }),
  AZURE_CLIENT_CERTIFICATE_PATH: optional(
    "File of the service principal's certificate and private key, instead of a secret.",
    'the path of a PEM file',
    matching(/\S/),
  ),
  AZURE_CLIENT_CERTIFICATE_PASSWORD: optional(
    "Password of the certificate's private key.",
    'a password',
    matching(/./),
    { secret: true },
  ),
  APPLICATIONINSIGHTS_CONNECTION_STRING: optional(
    'Where telemetry goes; without it none is sent, and nothing of what sends it is loaded.',
    "a connection string of Application Insights, 'InstrumentationKey={guid};IngestionEndpoint={https URL}'",
    parsed(telemetryConnection),
    { secret: true },
  ),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: optional(
    'The managed identity that telemetry is sent as.',
    "'Authorization=AAD', or 'ClientId={guid};Authorization=AAD' for a user-assigned identity",
    matching(/(^|;)\s*Authorization=AAD\s*(;|$)/i),
    { fallback: 'none: the connection string is enough' },
  ),
} as const satisfies Record<string, SettingRow>;

/** The name of a setting. */
export type SettingName = keyof typeof SETTING_ROWS;

/** Neighbours in the table of which at least one has to be set. */
export const ALTERNATIVES: readonly (readonly SettingName[])[] = [
  ['TWINKEY_ACCOUNTS', 'TWINKEY_SUBSCRIPTIONS'],
  [
    'AzureWebJobsStorage',
    'AzureWebJobsStorage__tableServiceUri',
    'AzureWebJobsStorage__accountName',
  ],
];

/** Every setting's value. */
export type SettingValues = {
  readonly [N in SettingName]: z.output<(typeof SETTING_ROWS)[N]['parse']>;
};
