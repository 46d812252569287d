import { describe, expect, it } from 'vitest';
import { factsOf, missingAcknowledgements } from '../../shared/core/facts.ts';
import { accountTag, TAG_VALUE_CHARACTERS } from '../../shared/core/observation.ts';
import { type Given, givenObservation, givenRecord, K1, K2, TIMING } from './fixtures.ts';

const INVALID = { ok: false, problems: [] } as const;

describe('the facts of an observation', () => {
  it('are what was read', () => {
    expect(factsOf(givenObservation(), TIMING)).toMatchObject({
      keys: { Key1: K1, Key2: K2 },
      newest: { id: 'v1' },
      activeSlot: 'Key1',
    });
  });

  it('of an account without a secret have no active slot', () => {
    const facts = factsOf(givenObservation({ secret: { state: 'absent' } }), TIMING);
    expect(facts).toMatchObject({ newest: undefined, activeSlot: undefined });
  });

  it.each<[string, Given]>([
    ['the account could not be read', { unreadable: ['account'] }],
    ['the account is gone', { account: null }],
    ['the policy is invalid', { policyReading: INVALID }],
    ['the keys could not be read', { unreadable: ['keys'] }],
    ['the secret could not be read', { unreadable: ['secret'] }],
    ['the secret is soft-deleted', { secret: { state: 'softDeleted' } }],
    ['the record could not be read', { unreadable: ['record'] }],
    ['there is no record', { record: null }],
    ['there is no place to look for the secret', { secretRef: undefined }],
  ])('are none when %s', (_, given) => {
    expect(factsOf(givenObservation(given), TIMING)).toBeUndefined();
  });
});

it('nobody is waited for while no key is published', () => {
  const record = givenRecord('idle', { active: null });
  const facts = factsOf(givenObservation({ record, policy: { subscribers: ['web'] } }), TIMING);
  expect(facts && missingAcknowledgements(facts)).toEqual([]);
});

it('the id of an account too long for a tag is known by its end', () => {
  const id = `/subscriptions/${'x'.repeat(TAG_VALUE_CHARACTERS)}/accounts/acme`;
  expect(accountTag(id)).toHaveLength(TAG_VALUE_CHARACTERS);
  expect(id.endsWith(accountTag(id))).toBe(true);
});
