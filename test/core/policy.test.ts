import { describe, expect, it } from 'vitest';
import {
  describeProblems,
  ENABLED_TAG,
  POLICY_DEFAULTS,
  type PolicyContext,
  type PolicyProblem,
  readPolicy,
  SUBSCRIBER_LIMIT,
} from '../../shared/core/policy.ts';
import { DAY, HOUR, MINUTE } from './fixtures.ts';

const CONTEXT: PolicyContext = {
  accountName: 'Acme',
  defaultVaultUrl: 'https://good.vault.azure.net',
  allowedVaultUrls: ['https://good.vault.azure.net', 'https://other.vault.azure.net'],
  quarantineMs: 15 * MINUTE,
};

function read(tags: Record<string, string>, context: Partial<PolicyContext> = {}) {
  return readPolicy(tags, POLICY_DEFAULTS, { ...CONTEXT, ...context });
}

function policyOf(tags: Record<string, string>, context: Partial<PolicyContext> = {}) {
  const reading = read(tags, context);
  if (!reading.ok) throw new Error(describeProblems(reading.problems));
  return reading.policy;
}

function problemsOf(tags: Record<string, string>): readonly PolicyProblem[] {
  const reading = read(tags);
  return reading.ok ? [] : reading.problems;
}

describe('a policy', () => {
  it('without tags is made of the defaults', () => {
    expect(policyOf({ team: 'search', 'my-key-rotation-note': 'x' })).toEqual({
      enabled: true,
      periodMs: 30 * DAY,
      overlapMs: 2 * DAY,
      window: undefined,
      secret: { vaultUrl: 'https://good.vault.azure.net', name: 'acme-key' },
      subscribers: [],
      ring: 5,
      acknowledgement: 'advisory',
      acknowledgementLimitMs: 7 * DAY,
    });
  });

  it.each([
    ['key-rotation', 'disabled', { enabled: false }],
    ['key-rotation-period', 'P90D', { periodMs: 90 * DAY }],
    ['key-rotation-period', 'P1W', { periodMs: 7 * DAY }],
    ['key-rotation-overlap', 'PT36H', { overlapMs: 36 * HOUR }],
    ['key-rotation-overlap', 'PT1.1H', { overlapMs: 3_960_000 }],
    [
      'key-rotation-secret',
      'my-Key',
      { secret: { vaultUrl: CONTEXT.defaultVaultUrl, name: 'my-key' } },
    ],
    [
      'key-rotation-secret',
      'https://other.vault.azure.net/secrets/Shared',
      { secret: { vaultUrl: 'https://other.vault.azure.net', name: 'shared' } },
    ],
    ['key-rotation-subscribers', ' web , worker.eu,,web', { subscribers: ['web', 'worker.eu'] }],
    ['key-rotation-ack-limit', 'P1D', { acknowledgementLimitMs: DAY }],
    ['key-rotation-ack-limit', 'P10Y', { acknowledgementLimitMs: 3_650 * DAY }],
  ])('takes %s = %s', (tag, text, expected) => {
    expect(policyOf({ [tag]: text })).toMatchObject(expected);
  });

  it('is switched off by the tag that switches it on', () => {
    expect(policyOf({ [ENABLED_TAG]: 'disabled' }).enabled).toBe(false);
  });

  it('takes names of tags in any casing, and values with blanks around', () => {
    expect(policyOf({ 'Key-Rotation-PERIOD': ' P10D ' }).periodMs).toBe(10 * DAY);
  });

  it('takes a window', () => {
    const { window } = policyOf({ 'key-rotation-window': 'Mon-Fri 08:00-16:00 Europe/Berlin' });
    expect(window?.zone).toBe('Europe/Berlin');
  });

  it('requires acknowledgements only of named subscribers', () => {
    const required = { 'key-rotation-ack': 'required', 'key-rotation-subscribers': 'web' };
    expect(policyOf(required).acknowledgement).toBe('required');
  });

  it('makes a secret name of an account name that is none', () => {
    expect(policyOf({}, { accountName: 'a_b.C' }).secret.name).toBe('a-b-c-key');
  });

  it('of whole milliseconds is what a record can hold, whatever fraction was written', () => {
    for (const text of ['PT1.1H', 'PT2.3M', 'P0.7D', 'PT3600.0005S']) {
      expect(
        Number.isInteger(policyOf({ 'key-rotation-overlap': text }, { quarantineMs: 1 }).overlapMs),
      ).toBe(true);
    }
  });
});

function namesOf(count: number): string {
  return Array.from({ length: count }, (_, number) => `app-${number}`).join();
}

it('a policy may name as many subscribers as the limit says', () => {
  const tags = { 'key-rotation-subscribers': `${namesOf(SUBSCRIBER_LIMIT)},app-0` };
  expect(problemsOf(tags)).toEqual([]);
});

describe('a policy is refused for', () => {
  it.each([
    ['key-rotation', 'Enabled', "'enabled' or 'disabled'"],
    ['key-rotation', '', "'enabled' or 'disabled'"],
    ['key-rotation-period', '30', 'ISO 8601'],
    ['key-rotation-period', '', 'ISO 8601'],
    ['key-rotation-period', 'P0D', 'positive'],
    ['key-rotation-period', 'P', 'positive'],
    ['key-rotation-period', 'P30DT', 'positive'],
    ['key-rotation-period', '-P30D', 'positive'],
    ['key-rotation-period', 'P10YT0.001S', 'at most ten years'],
    ['key-rotation-period', 'P99999999999999999999Y', 'at most ten years'],
    ['key-rotation-overlap', '2 days', 'ISO 8601'],
    ['key-rotation-overlap', 'P30D', 'shorter than the period (P30D)'],
    ['key-rotation-overlap', 'PT15M', 'longer than the quarantine (PT15M)'],
    ['key-rotation-window', 'nights', 'HH:mm-HH:mm'],
    ['key-rotation-window', 'Mon 08:00-16:00 Nowhere', 'HH:mm-HH:mm'],
    ['key-rotation-subscribers', 'web; worker', 'comma-separated'],
    ['key-rotation-subscribers', '-web', 'comma-separated'],
    ['key-rotation-subscribers', 'w'.repeat(65), 'comma-separated'],
    ['key-rotation-subscribers', namesOf(SUBSCRIBER_LIMIT + 1), 'at most 128'],
    ['key-rotation-ack', 'maybe', "'advisory' or 'required'"],
    ['key-rotation-ack-limit', 'PT0S', 'positive'],
  ])('%s = %s', (setting, found, expected) => {
    const problems = problemsOf({ [setting]: found });
    expect(problems).toEqual([{ setting, found, expected: expect.stringContaining(expected) }]);
  });

  it.each([
    'https://vault.evil/secrets/x',
    'https://good.vault.azure.net.evil/secrets/x',
    'https://good.vault.azure.net@evil/secrets/x',
    'https://good.vault.azure.net.evil.comx',
    'https://evil/https://good.vault.azure.net/secrets/x',
    'http://good.vault.azure.net/secrets/x',
    'https://good.vault.azure.net:8443/secrets/x',
    'https://good.vault.azure.net/secrets/',
    'https://good.vault.azure.net/secrets/x/version',
    'https://good.vault.azure.net/secrets/../keys/x',
    'https://good.vault.azure.net/secrets/x?api-version=1',
    'https://good.vault.azure.net/keys/x',
    '/secrets/x',
    'under_score',
    'x'.repeat(128),
  ])('the secret %s', (found) => {
    const problems = problemsOf({ 'key-rotation-secret': found });
    expect(problems).toEqual([
      { setting: 'key-rotation-secret', found, expected: expect.stringContaining('allowed vault') },
    ]);
  });

  it.each(['key-rotation-perod', 'Key-Rotation-Windows', 'key-rotation-'])(
    'the misspelt tag %s',
    (name) => {
      expect(problemsOf({ [name]: 'P1D' })).toEqual([
        {
          setting: name,
          found: name,
          expected: `one of ${Object.keys(POLICY_DEFAULTS).join(', ')}`,
        },
      ]);
    },
  );

  it('required acknowledgements of nobody', () => {
    expect(problemsOf({ 'key-rotation-ack': 'required' })).toEqual([
      {
        setting: 'key-rotation-subscribers',
        expected: "at least one name while key-rotation-ack is 'required'",
        found: '',
      },
    ]);
  });

  it('everything that is wrong at once', () => {
    const settings = problemsOf({
      'key-rotation-period': 'monthly',
      'key-rotation-window': 'nights',
      'key-rotation-secret': 'https://vault.evil/secrets/x',
      'key-rotation-perod': 'P1D',
    }).map(({ setting }) => setting);
    expect(settings.sort()).toEqual([
      'key-rotation-period',
      'key-rotation-perod',
      'key-rotation-secret',
      'key-rotation-window',
    ]);
  });

  it('values that do not go together, also beside a secret that is wrong', () => {
    const settings = problemsOf({
      'key-rotation-period': 'PT10M',
      'key-rotation-overlap': 'PT10M',
      'key-rotation-secret': 'https://vault.evil/secrets/x',
    }).map(({ setting }) => setting);
    expect(settings.sort()).toEqual([
      'key-rotation-overlap',
      'key-rotation-overlap',
      'key-rotation-secret',
    ]);
  });
});

describe('the bounds of the overlap', () => {
  it.each([
    ['PT15M', false],
    ['PT15M0.001S', true],
    ['PT23H59M59.999S', true],
    ['P1D', false],
  ])('in a period of a day, with a quarantine of 15 min: %s is valid: %s', (overlap, ok) => {
    const tags = { 'key-rotation-period': 'P1D', 'key-rotation-overlap': overlap };
    expect(read(tags).ok).toBe(ok);
  });
});

it('problems are told in one line: tag, expected form and what was found', () => {
  const text = describeProblems([
    { setting: 'a', expected: 'x', found: '1' },
    { setting: 'b', expected: 'y', found: '2' },
  ]);
  expect(text).toBe("a: expected x, found '1'; b: expected y, found '2'");
});
