import type { AccountSpec } from '../azure/index.ts';

/** Found by their tag. */
const TAGGED = { 'key-rotation': 'enabled' };

/** The app that acknowledges, by the name that accounts list it under. */
export const SUBSCRIBER = 'event-app';

/** No old key goes before the app said that it uses the new one. */
const ACKNOWLEDGED = { 'key-rotation-subscribers': SUBSCRIBER, 'key-rotation-ack': 'required' };

/** Of no app here: a person can acknowledge in its place. Nothing waits for it. */
const ADVISED = { 'key-rotation-subscribers': `${SUBSCRIBER},night-batch` };

/** The demo's accounts: one of each kind, found both ways, and one that has no keys to rotate. */
export const ACCOUNTS: readonly AccountSpec[] = [
  { name: 'contoso-language', kind: 'TextAnalytics' },
  { name: 'contoso-translator', kind: 'TextTranslation', tags: TAGGED },
  { name: 'contoso-openai', kind: 'OpenAI', tags: { ...TAGGED, ...ADVISED } },
  { name: 'contoso-foundry', kind: 'AIServices' },
  { name: 'contoso-multi', kind: 'CognitiveServices', tags: { ...TAGGED, ...ACKNOWLEDGED } },
  { name: 'contoso-keyless', kind: 'TextAnalytics', tags: TAGGED, disableLocalAuth: true },
];

/** Accounts that the service is told of by id. */
export const LISTED = ['contoso-language', 'contoso-foundry'];

/** Accounts whose keys rotate. */
export const ROTATABLE = ACCOUNTS.filter((account) => !account.disableLocalAuth);

/** Accounts that must be left alone. */
export const KEYLESS = ACCOUNTS.filter((account) => account.disableLocalAuth);

/** The name of an account's secret, as the service makes it when no tag says otherwise. */
export function secretNameOf(accountName: string): string {
  return `${accountName}-key`;
}

/** How fast time passes in the demo: by the service's settings alone. */
export interface Pace {
  readonly settings: Readonly<Record<string, string>>;
  readonly periodMs: number;
  /** How often the app without events reads its secrets: several times within an overlap. */
  readonly pollIntervalMs: number;
}

/** What a production deployment counts in minutes, cut to seconds. */
const TIMING = {
  TWINKEY_TICK_SCHEDULE: '* * * * * *',
  TWINKEY_SEND_WITHIN: 'PT3S',
  TWINKEY_CALL_TIMEOUT: 'PT2S',
  TWINKEY_CLOCK_SKEW: 'PT0.5S',
  TWINKEY_QUARANTINE: 'PT6S',
  TWINKEY_CLAIM: 'PT10S',
  TWINKEY_PROBE_INTERVAL: 'PT1S',
  TWINKEY_VERIFICATION_LIMIT: 'PT30S',
  TWINKEY_SETTLING_DELAY: 'PT2S',
  TWINKEY_MINIMUM_INTERVAL: 'PT1S',
  TWINKEY_CHECK_INTERVAL: 'PT5S',
};

/** Each account rotates once a minute. */
export const TO_WATCH: Pace = {
  settings: { ...TIMING, TWINKEY_DEFAULT_PERIOD: 'PT60S', TWINKEY_DEFAULT_OVERLAP: 'PT20S' },
  periodMs: 60_000,
  pollIntervalMs: 5_000,
};

/** One rotation of each account as soon as the limits above allow. */
export const TO_CHECK: Pace = {
  settings: { ...TIMING, TWINKEY_DEFAULT_PERIOD: 'PT20S', TWINKEY_DEFAULT_OVERLAP: 'PT8S' },
  periodMs: 20_000,
  pollIntervalMs: 2_000,
};
