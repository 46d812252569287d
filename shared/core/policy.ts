import { Duration } from 'luxon';
import * as z from 'zod';
import { parseDuration } from './duration.ts';
import { parseWindow, WINDOW_FORM, type Window } from './window.ts';

/** Where an account's active key is kept. `vaultUrl` has no trailing slash. */
export interface SecretRef {
  readonly vaultUrl: string;
  readonly name: string;
}

/** How one account is rotated: the deployment's defaults, overridden by the account's own tags. */
export interface Policy {
  /** False when the account's tag says `disabled`. */
  readonly enabled: boolean;
  readonly periodMs: number;
  readonly overlapMs: number;
  readonly window: Window | undefined;
  readonly secret: SecretRef;
  /** Names that are expected to acknowledge each new key. */
  readonly subscribers: readonly string[];
  /** Accounts of a lower ring rotate first. */
  readonly ring: number;
  readonly acknowledgement: 'advisory' | 'required';
  /** How long missing acknowledgements may hold up retirement before a person has to look. */
  readonly acknowledgementLimitMs: number;
}

/** One invalid tag or default. `found` never holds a secret: tags are public to whoever may list. */
export interface PolicyProblem {
  readonly setting: string;
  readonly expected: string;
  readonly found: string;
}

/** What a policy must be consistent with beyond its own values. */
export interface PolicyContext {
  /** Account name, from which the default secret name is made. */
  readonly accountName: string;
  readonly defaultVaultUrl: string;
  /** Vaults that a tag may name: a tag editor must not be able to send a key elsewhere. */
  readonly allowedVaultUrls: readonly string[];
  /** The overlap has to exceed this. */
  readonly quarantineMs: number;
}

/** A policy, or everything that is wrong with it. */
export type PolicyReading =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** The tag that switches rotation on for a discovered account, or off for a listed one. */
export const ENABLED_TAG = 'key-rotation';

/** Policy tags with their defaults; the same names serve as deployment defaults. */
export const POLICY_DEFAULTS = {
  'key-rotation': 'enabled',
  'key-rotation-period': 'P30D',
  'key-rotation-overlap': 'P2D',
  'key-rotation-window': '',
  'key-rotation-secret': '',
  'key-rotation-subscribers': '',
  'key-rotation-ack': 'advisory',
  'key-rotation-ack-limit': 'P7D',
  'key-rotation-ring': '5',
} as const;

/** The ring of accounts that do not say: in the middle, so that some can go first and some last. */
export const DEFAULT_RING = Number(POLICY_DEFAULTS['key-rotation-ring']);

/** A tag that carries policy. */
export type PolicyTag = keyof typeof POLICY_DEFAULTS;

const SECRET_FORM =
  "a secret name of 1 to 127 letters, digits and dashes, or 'https://{vault}/secrets/{name}' in an allowed vault";

/** Far beyond any sensible period, and still a date when added to one. */
const LONGEST_DURATION_MS = Duration.fromObject({ years: 10 }).toMillis();

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text) ?? Number.NaN;
  if (ms > 0 && ms <= LONGEST_DURATION_MS) return ms;
  context.addIssue({
    code: 'custom',
    message: "a positive ISO 8601 duration of at most ten years, e.g. 'P30D' or 'PT12H'",
  });
  return z.NEVER;
});

const window = z.string().transform((text, context) => {
  if (text === '') return undefined;
  const parsed = parseWindow(text);
  if (!parsed) context.addIssue({ code: 'custom', message: WINDOW_FORM });
  return parsed;
});

/**
 * More names than a tag of 256 characters can hold; the deployment's default could hold any number,
 * and their list has to fit into events, records and answers.
 */
export const SUBSCRIBER_LIMIT = 128;

const subscribers = z.string().transform((text, context) => {
  const parts = text.split(',').map((name) => name.trim());
  const names = [...new Set(parts.filter(Boolean))];
  const wellFormed = names.every((name) => /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name));
  if (!wellFormed || names.length > SUBSCRIBER_LIMIT) {
    context.addIssue({
      code: 'custom',
      message: `at most ${SUBSCRIBER_LIMIT} comma-separated names of 1 to 64 letters, digits, dots, dashes and underscores`,
    });
  }
  return names;
});

const tagsSchema = z.object({
  'key-rotation': z.enum(['enabled', 'disabled'], { error: "'enabled' or 'disabled'" }),
  'key-rotation-period': duration,
  'key-rotation-overlap': duration,
  'key-rotation-window': window,
  'key-rotation-secret': z.string(),
  'key-rotation-subscribers': subscribers,
  'key-rotation-ack': z.enum(['advisory', 'required'], { error: "'advisory' or 'required'" }),
  'key-rotation-ack-limit': duration,
  'key-rotation-ring': z.string().regex(/^\d$/, { error: 'a digit, 0 to 9' }).transform(Number),
});

/**
 * Reads an account's policy: `tags` (names in any casing) over `defaults`. Reports every problem at
 * once, each with the tag, the expected form and what was found.
 */
export function readPolicy(
  tags: Readonly<Record<string, string>>,
  defaults: Readonly<Record<PolicyTag, string>>,
  context: PolicyContext,
): PolicyReading {
  const texts = effectiveTags(tags, defaults);
  const parsed = tagsSchema.safeParse(texts);
  const secret = resolveSecret(texts['key-rotation-secret'], context);
  const problems: PolicyProblem[] = (parsed.error?.issues ?? []).map((issue) => {
    const setting = String(issue.path[0]) as PolicyTag;
    return { setting, expected: issue.message, found: texts[setting] };
  });
  problems.push(...unknownTagProblems(tags));
  if (!secret) {
    problems.push({
      setting: 'key-rotation-secret',
      expected: SECRET_FORM,
      found: texts['key-rotation-secret'],
    });
  }
  if (!parsed.success) return { ok: false, problems };
  const policy = {
    enabled: parsed.data['key-rotation'] === 'enabled',
    periodMs: parsed.data['key-rotation-period'],
    overlapMs: parsed.data['key-rotation-overlap'],
    window: parsed.data['key-rotation-window'],
    subscribers: parsed.data['key-rotation-subscribers'],
    acknowledgement: parsed.data['key-rotation-ack'],
    acknowledgementLimitMs: parsed.data['key-rotation-ack-limit'],
    ring: parsed.data['key-rotation-ring'],
  };
  problems.push(...relationProblems(policy, texts, context));
  if (!secret || problems.length > 0) return { ok: false, problems };
  return { ok: true, policy: { ...policy, secret } };
}

/** One line for people: every problem with tag, expected form and what was found. */
export function describeProblems(problems: readonly PolicyProblem[]): string {
  return problems
    .map(({ setting, expected, found }) => `${setting}: expected ${expected}, found '${found}'`)
    .join('; ');
}

function effectiveTags(
  tags: Readonly<Record<string, string>>,
  defaults: Readonly<Record<PolicyTag, string>>,
): Record<PolicyTag, string> {
  const texts: Record<PolicyTag, string> = { ...defaults };
  for (const [name, text] of Object.entries(tags)) {
    if (isPolicyTag(name.toLowerCase())) texts[name.toLowerCase() as PolicyTag] = text.trim();
  }
  return texts;
}

function isPolicyTag(name: string): name is PolicyTag {
  return Object.hasOwn(POLICY_DEFAULTS, name);
}

/** A misspelt tag is a problem, not something to skip in silence. */
function unknownTagProblems(tags: Readonly<Record<string, string>>): PolicyProblem[] {
  return Object.keys(tags)
    .filter((name) => /^key-rotation-/i.test(name) && !isPolicyTag(name.toLowerCase()))
    .map((name) => ({
      setting: name,
      expected: `one of ${Object.keys(POLICY_DEFAULTS).join(', ')}`,
      found: name,
    }));
}

function relationProblems(
  policy: Omit<Policy, 'secret'>,
  texts: Readonly<Record<PolicyTag, string>>,
  context: PolicyContext,
): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (policy.overlapMs >= policy.periodMs) {
    problems.push({
      setting: 'key-rotation-overlap',
      expected: `shorter than the period (${texts['key-rotation-period']})`,
      found: texts['key-rotation-overlap'],
    });
  }
  if (policy.overlapMs <= context.quarantineMs) {
    problems.push({
      setting: 'key-rotation-overlap',
      expected: `longer than the quarantine (${Duration.fromMillis(context.quarantineMs).rescale().toISO()})`,
      found: texts['key-rotation-overlap'],
    });
  }
  if (policy.acknowledgement === 'required' && policy.subscribers.length === 0) {
    problems.push({
      setting: 'key-rotation-subscribers',
      expected: "at least one name while key-rotation-ack is 'required'",
      found: texts['key-rotation-subscribers'],
    });
  }
  return problems;
}

function resolveSecret(text: string, context: PolicyContext): SecretRef | undefined {
  // Account names may hold '_' and '.', secret names may not.
  const name = text || `${context.accountName.replaceAll(/[^0-9a-zA-Z-]/g, '-')}-key`;
  const asName = parseSecretName(name);
  if (asName) return { vaultUrl: context.defaultVaultUrl, name: asName };
  const allowed = context.allowedVaultUrls.find((url) => name.startsWith(`${url}/secrets/`));
  const inVault = allowed && parseSecretName(name.slice(`${allowed}/secrets/`.length));
  return inVault ? { vaultUrl: allowed, name: inVault } : undefined;
}

function parseSecretName(text: string): string | undefined {
  return /^[0-9a-zA-Z-]{1,127}$/.test(text) ? text.toLowerCase() : undefined;
}
