import { describe, expect, it } from 'vitest';
import { Failure, unknown } from '../../../shared/core/failures.ts';
import { planNextStep } from '../../../shared/core/planner.ts';
import {
  ACCOUNT_ID,
  AT,
  CHECK,
  givenAccount,
  givenObservation,
  givenPublication,
  givenRecord,
  givenSecret,
  HOUR,
  JUST_AFTER,
  JUST_BEFORE,
  MINUTE,
  NOW,
  plan,
  QUARANTINE,
  SECOND,
  SECRET,
  TIMING,
} from '../fixtures.ts';

const INVALID = {
  ok: false,
  problems: [{ setting: 'key-rotation-period', expected: 'a duration', found: 'x' }],
} as const;
const CLAIM = { worker: 'another', until: NOW + MINUTE };
const LATER = { do: 'wait', until: NOW + CHECK };

describe('rule 1: a policy that cannot be read', () => {
  it('is reported with the tag, and nothing is touched', () => {
    expect(plan({ policyReading: INVALID })).toMatchObject({
      ...LATER,
      reason: 'PolicyInvalid',
      attention: true,
      message: expect.stringContaining("key-rotation-period: expected a duration, found 'x'"),
    });
  });

  it('is no concern while the account is unknown or unreadable', () => {
    expect(plan({ policyReading: INVALID, account: null }).reason).toBe('AccountMissing');
    const step = plan({ policyReading: INVALID, unreadable: ['account'] });
    expect(step.reason).toBe('ObservationIncomplete');
  });

  it('goes before the state of the account and the claim of another', () => {
    const account = givenAccount({ keyless: true, provisioningState: 'Deleting' });
    const step = plan({
      policyReading: INVALID,
      account,
      record: givenRecord('idle', { claim: CLAIM }),
    });
    expect(step.reason).toBe('PolicyInvalid');
  });

  it('an excluded account is left alone without calling anybody', () => {
    expect(plan({ policy: { enabled: false } })).toMatchObject({
      ...LATER,
      reason: 'Excluded',
      attention: false,
    });
  });

  it('a secret that two accounts would share names both', () => {
    expect(plan({ secret: { state: 'absent' }, secretOwner: 'the-other' })).toMatchObject({
      ...LATER,
      reason: 'PolicyInvalid',
      attention: true,
      message: expect.stringMatching(new RegExp(`acme-key.*the-other.*${ACCOUNT_ID}`)),
    });
    const own = plan({ secret: { state: 'absent' }, secretOwner: ACCOUNT_ID });
    expect(own.reason).toBe('SecretMissing');
  });
});

describe('rule 2: an account that cannot be rotated', () => {
  it.each([
    ['is gone', null, 'AccountMissing', true],
    ['is being made', givenAccount({ provisioningState: 'Creating' }), 'AccountNotReady', false],
    ['has no keys', givenAccount({ keyless: true }), 'Keyless', false],
  ])('because it %s', (_, account, reason, attention) => {
    expect(plan({ account })).toMatchObject({ ...LATER, reason, attention });
  });

  it('goes before the claim of another and before unread keys', () => {
    const account = givenAccount({ keyless: true });
    const record = givenRecord('idle', { claim: CLAIM });
    expect(plan({ account, record, unreadable: ['keys', 'secret'] }).reason).toBe('Keyless');
  });

  it('is not said of keys that are off while the record is unread: what ended them may not be through', () => {
    const account = givenAccount({ keyless: true });
    expect(plan({ account, unreadable: ['record'] })).toMatchObject({
      reason: 'ObservationIncomplete',
      attention: false,
      message: 'record: 503. No key is touched',
    });
  });
});

describe('rule 3: the claim of another', () => {
  it('is waited for until it ends', () => {
    const record = givenRecord('idle', { claim: CLAIM });
    expect(plan({ record })).toMatchObject({ reason: 'ClaimedByAnother', until: CLAIM.until });
  });

  it.each([
    [JUST_BEFORE, 'ClaimedByAnother'],
    [AT, 'NotDue'],
    [JUST_AFTER, 'NotDue'],
  ])('%s ms from its end: %s', (offset, reason) => {
    const now = CLAIM.until + offset;
    expect(plan({ now, record: givenRecord('idle', { claim: CLAIM }) }).reason).toBe(reason);
  });

  it('one’s own claim is none', () => {
    expect(plan({ worker: 'another', record: givenRecord('idle', { claim: CLAIM }) }).reason).toBe(
      'NotDue',
    );
  });

  it('goes before an incomplete observation', () => {
    const record = givenRecord('idle', { claim: CLAIM });
    expect(plan({ record, unreadable: ['secret'] }).reason).toBe('ClaimedByAnother');
  });
});

describe('rule 4: an observation that is not complete', () => {
  it.each(['account', 'keys', 'secret', 'record'] as const)('without %s: wait', (name) => {
    expect(plan({ unreadable: [name] })).toMatchObject({
      do: 'wait',
      reason: 'ObservationIncomplete',
      until: NOW + QUARANTINE / 15,
      attention: false,
      message: expect.stringContaining(`${name}: 503`),
    });
  });

  it('names everything that failed', () => {
    expect(plan({ unreadable: ['keys', 'secret'] }).message).toMatch(/keys: 503; secret: 503/);
  });

  it('calls a person where trying again does not help', () => {
    const failure = new Failure('forbidden', 'listKeys: 403');
    const step = planNextStep({ ...givenObservation(), keys: unknown(failure) }, TIMING);
    expect(step).toMatchObject({ reason: 'ObservationIncomplete', attention: true });
  });

  it('calls a person as well where one failure of several does not mend itself', () => {
    const failure = new Failure('forbidden', 'listKeys: 403');
    const observation = { ...givenObservation({ unreadable: ['secret'] }), keys: unknown(failure) };
    expect(planNextStep(observation, TIMING)).toMatchObject({ attention: true });
  });

  it('does not speak of what was not tried because of another failure', () => {
    const failure = new Failure('notSent', 'not tried', { retriable: true });
    const observation = { ...givenObservation({ unreadable: ['keys'] }), secret: unknown(failure) };
    expect(planNextStep(observation, TIMING)).toMatchObject({
      message: 'keys: 503. No key is touched',
      attention: false,
    });
  });

  it.each([
    ['an hour', HOUR, NOW + HOUR],
    ['less than an incomplete observation is waited for', 5 * SECOND, NOW + 5 * SECOND],
    ['a part of a millisecond', 0.5, NOW + 1],
  ])('waits as long as Azure asks, as no trouble: %s', (_, retryAfterMs, until) => {
    const failure = new Failure('throttled', 'listKeys: 429', { retryAfterMs });
    expect(planNextStep({ ...givenObservation(), keys: unknown(failure) }, TIMING)).toEqual({
      do: 'wait',
      reason: 'Throttled',
      until,
      attention: false,
      message: 'listKeys: 429. No key is touched',
    });
  });

  it('is no trouble either where the other reads were not tried because one was throttled', () => {
    const throttled = new Failure('throttled', 'listKeys: 429', { retryAfterMs: 5 * SECOND });
    const notSent = new Failure('notSent', 'not tried', { retriable: true });
    const observation = {
      ...givenObservation(),
      keys: unknown(throttled),
      secret: unknown(notSent),
    };
    expect(planNextStep(observation, TIMING)).toMatchObject({
      reason: 'Throttled',
      until: NOW + 5 * SECOND,
      message: 'listKeys: 429. No key is touched',
    });
  });

  it.each([
    ['does not say for how long', new Failure('throttled', '429'), [], MINUTE],
    [
      'failed as well in another way',
      new Failure('throttled', '429', { retryAfterMs: 5 * SECOND }),
      ['secret'],
      MINUTE,
    ],
    [
      'failed as well in another way, and asks for long',
      new Failure('throttled', '429', { retryAfterMs: HOUR }),
      ['secret'],
      HOUR,
    ],
    [
      'is not throttled, but out of order',
      new Failure('unavailable', '503', { retryAfterMs: HOUR }),
      [],
      HOUR,
    ],
  ] as const)('is trouble where Azure %s', (_, failure, unreadable, waitMs) => {
    const observation = { ...givenObservation({ unreadable }), keys: unknown(failure) };
    expect(planNextStep(observation, TIMING)).toMatchObject({
      reason: 'ObservationIncomplete',
      until: NOW + waitMs,
    });
  });

  it('goes before whose secret it is', () => {
    const secret = givenSecret({ tags: { 'account-id': 'the-other' } });
    expect(plan({ secret, unreadable: ['keys'] }).reason).toBe('ObservationIncomplete');
  });

  it('without a place to look for the secret nothing is decided', () => {
    expect(plan({ secretRef: undefined, secret: { state: 'absent' } })).toMatchObject({
      ...LATER,
      reason: 'ObservationIncomplete',
    });
  });
});

describe('rule 4: a vault that answers an older version', () => {
  const active = givenPublication({ versionId: 'v2', createdAt: NOW - HOUR });

  it.each([
    ['one second older', { id: 'v1', createdAt: NOW - HOUR - 1 }, [], 'VaultBehind'],
    ['just as old, and not known', { id: 'vX', createdAt: NOW - HOUR }, [], 'Rebased'],
    ['just as old, but superseded', { id: 'v1', createdAt: NOW - HOUR }, ['v1'], 'VaultBehind'],
    ['newer, but superseded', { id: 'v1', createdAt: NOW }, ['v1'], 'VaultBehind'],
    ['newer', { id: 'v3', createdAt: NOW - HOUR + 1 }, ['v1'], 'Rebased'],
    ['the recorded one', { id: 'v2', createdAt: NOW - HOUR }, ['v1'], 'NotDue'],
    ['the recorded one, dated otherwise', { id: 'v2', createdAt: 0 }, ['v1'], 'NotDue'],
  ])('%s: %s', (_, newest, superseded, reason) => {
    const record = givenRecord('idle', { active, superseded });
    expect(plan({ record, secret: givenSecret(newest) }).reason).toBe(reason);
  });

  it('is asked again soon', () => {
    const record = givenRecord('idle', { active });
    expect(plan({ record, secret: givenSecret() })).toMatchObject({
      reason: 'VaultBehind',
      until: NOW + QUARANTINE / 15,
    });
  });

  it('is another matter where the secret moved', () => {
    const elsewhere = { ...SECRET, name: 'former' };
    const record = givenRecord('idle', {
      active: { ...active, secret: elsewhere },
      superseded: ['v1'],
    });
    expect(plan({ record, secret: givenSecret({ createdAt: 0 }) }).reason).toBe('Rebased');
  });
});

describe('rule 5: whose secret it is', () => {
  it.each([
    [{ 'account-id': 'the-other' }, 'SecretBelongsToAnother'],
    [{ ProviderAddress: '/Subscriptions/Other' }, 'SecretBelongsToAnother'],
    [{ 'managed-by': 'elsewhere' }, 'ManagedElsewhere'],
    [{ 'account-id': 'the-other', 'managed-by': 'elsewhere' }, 'SecretBelongsToAnother'],
  ])('tagged %s: %s', (tags, reason) => {
    expect(plan({ secret: givenSecret({ tags }) })).toMatchObject({
      ...LATER,
      reason,
      attention: true,
    });
  });

  it('an id in another casing is the same account', () => {
    const tags = { ProviderAddress: ACCOUNT_ID.toUpperCase(), 'managed-by': 'twinkey-test' };
    expect(plan({ secret: givenSecret({ tags }) }).reason).toBe('NotDue');
  });

  it('nobody’s is tagged as ours, and nothing is published or regenerated for a quarantine', () => {
    const record = givenRecord('idle');
    expect(plan({ record, secret: givenSecret({ tags: {} }) })).toMatchObject({
      do: 'tagSecret',
      reason: 'SecretUnclaimed',
      versionId: 'v1',
      intent: { ...record, quarantine: { Key1: 0, Key2: 0, vault: NOW + QUARANTINE } },
    });
  });

  it('nobody’s, without a record, is tagged; the record to be made brings the quarantines', () => {
    const step = plan({ record: null, secret: givenSecret({ tags: {} }) });
    expect(step).toMatchObject({ do: 'tagSecret', intent: null });
  });

  it('goes before a disabled version, and before everything that touches a key', () => {
    const disabled = { enabled: false, fingerprint: undefined };
    const another = givenSecret({ ...disabled, tags: { 'account-id': 'the-other' } });
    expect(plan({ secret: another }).reason).toBe('SecretBelongsToAnother');
    expect(plan({ secret: givenSecret({ ...disabled, tags: {} }) }).reason).toBe('SecretDisabled');
    const dead = givenSecret({ fingerprint: 'dddddddddddd', tags: { 'managed-by': 'elsewhere' } });
    expect(plan({ secret: dead, record: null }).reason).toBe('ManagedElsewhere');
  });
});

describe('rule 6: a secret that is disabled or deleted', () => {
  it('disabled: a person decided that', () => {
    const secret = givenSecret({ enabled: false, fingerprint: undefined });
    expect(plan({ secret })).toMatchObject({ ...LATER, reason: 'SecretDisabled', attention: true });
  });

  it.each([null, givenRecord('overlap')])(
    'soft-deleted: recovered, with or without a record',
    (record) => {
      expect(plan({ record, secret: { state: 'softDeleted' } })).toMatchObject({
        do: 'recoverSecret',
        reason: 'SecretDeleted',
      });
    },
  );
});
