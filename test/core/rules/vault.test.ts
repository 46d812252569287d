import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../shared/core/facts.ts';
import type { RotationRecord } from '../../../shared/core/record.ts';
import { isHealing, recordMissing } from '../../../shared/core/rules/vault.ts';
import type { Note } from '../../../shared/core/steps.ts';
import { freshRecord } from '../../../shared/core/transitions.ts';
import {
  ACCOUNT_ID,
  AT,
  DAY,
  DEAD,
  DEPLOYMENT,
  type Given,
  givenHold,
  givenObservation,
  givenPublication,
  givenQuarantine,
  givenRecord,
  givenRequest,
  givenRotation,
  givenSecret,
  givenVersion,
  JUST_AFTER,
  JUST_BEFORE,
  K1,
  K2,
  MINUTE,
  NOW,
  OTHER,
  plan,
  QUARANTINE,
  SECRET,
  TIMING,
} from '../fixtures.ts';

const ABSENT = { state: 'absent' } as const;
const DEAD_SECRET = givenSecret({ fingerprint: DEAD });

/** The note that is planned; fails the test when it is another step. */
function note(given: Given): Note {
  const step = plan(given);
  if (step.do !== 'note') throw new Error(`planned ${step.do}: ${step.message}`);
  return step;
}

function deadSecret(tags: Record<string, string>) {
  return givenSecret({ fingerprint: DEAD, tags: { 'managed-by': DEPLOYMENT, ...tags } });
}

describe('rule 7: no record', () => {
  it('beside a secret: made with all quarantines running', () => {
    const step = note({ record: null });
    expect(step.reason).toBe('RecordMissing');
    expect(step.next).toEqual(freshRecord(ACCOUNT_ID, NOW + QUARANTINE));
  });

  it('beside no secret: nothing can be hurt', () => {
    expect(note({ record: null, secret: ABSENT }).next).toEqual(freshRecord(ACCOUNT_ID, 0));
  });

  it('beside no secret, for an account that was published before: all quarantines run', () => {
    const step = note({ record: null, secret: ABSENT, publishedBefore: true });
    expect(step.next).toEqual(freshRecord(ACCOUNT_ID, NOW + QUARANTINE));
  });

  it('beside a deleted one: waits for it to be recovered', () => {
    const observation = givenObservation({ record: null, secret: { state: 'softDeleted' } });
    expect(recordMissing(observation, TIMING)).toBeUndefined();
  });

  it('leads to an overlap on what the vault says, not yet announced', () => {
    const { next } = note({ record: freshRecord(ACCOUNT_ID, NOW + QUARANTINE) });
    expect(next).toMatchObject({
      phase: 'overlap',
      active: givenPublication(),
      stale: { slot: 'Key2', fingerprint: K2 },
      announcedAt: null,
      retireAt: NOW - 8 * DAY,
      quarantine: givenQuarantine({
        Key1: NOW + QUARANTINE,
        Key2: NOW + QUARANTINE,
        vault: NOW + QUARANTINE,
      }),
      rotation: { id: 'fresh', cause: 'adoption' },
    });
  });
});

describe('rule 8: no secret yet', () => {
  const record = freshRecord(ACCOUNT_ID, 0);

  it('verify and publish Key1', () => {
    const step = note({ record, secret: ABSENT });
    expect(step.reason).toBe('SecretMissing');
    expect(step.next).toMatchObject({
      phase: 'verifying',
      rotation: { id: 'fresh', cause: 'adoption', overlapMs: 2 * DAY, secret: SECRET },
      candidate: { slot: 'Key1', fingerprint: K1, since: NOW, verified: false },
    });
  });

  it('goes on with the adoption under way', () => {
    const { next } = note({ record, secret: ABSENT });
    expect(plan({ record: next, secret: ABSENT }).do).toBe('verify');
  });

  it('publishes the active key where the secret moved to a new place', () => {
    const active = givenPublication({
      slot: 'Key2',
      fingerprint: K2,
      secret: { ...SECRET, name: 'former' },
    });
    const { next } = note({ record: givenRecord('idle', { active }), secret: ABSENT });
    expect(next.candidate).toMatchObject({ slot: 'Key2', fingerprint: K2 });
  });
});

describe('rule 9: the vault’s value matches neither slot', () => {
  const idle = (active: Partial<NonNullable<RotationRecord['active']>>) =>
    givenRecord('idle', { active: givenPublication({ fingerprint: DEAD, ...active }) });

  it.each([
    ['what the tag names', { 'active-slot': 'Key2' }, idle({}), 'Key2'],
    ['what Microsoft’s tag names, in any casing', { CredentialId: 'key2' }, idle({}), 'Key2'],
    ['what the record says, without a tag', {}, idle({ slot: 'Key2' }), 'Key2'],
    ['the recorded value, wherever it is now', {}, idle({ fingerprint: K2 }), 'Key2'],
    [
      'Key1, when nobody knows',
      { 'active-slot': 'Key3' },
      givenRecord('idle', { active: null }),
      'Key1',
    ],
  ])('publish %s', (_, tags, record, slot) => {
    const step = note({ record, secret: deadSecret(tags) });
    expect(step.reason).toBe('Drifted');
    expect(step.next).toMatchObject({
      phase: 'verifying',
      rotation: { cause: 'drift' },
      candidate: { slot, fingerprint: slot === 'Key1' ? K1 : K2, verified: false },
    });
  });

  it('the tag of a place that was moved to means nothing', () => {
    const active = givenPublication({ secret: { ...SECRET, name: 'former' } });
    const secret = deadSecret({ 'active-slot': 'Key2' });
    expect(note({ record: givenRecord('idle', { active }), secret }).next.candidate?.slot).toBe(
      'Key1',
    );
  });

  it.each([
    [JUST_BEFORE, 'Key2'],
    [AT, 'Key1'],
    [JUST_AFTER, 'Key1'],
  ])('%s ms from the end of Key1’s quarantine: %s', (offset, slot) => {
    const quarantine = givenQuarantine({ Key1: NOW - offset });
    const record = givenRecord('idle', { quarantine });
    expect(note({ record, secret: DEAD_SECRET }).next.candidate?.slot).toBe(slot);
  });

  it.each([
    [{ Key1: NOW + 1, Key2: NOW + 2 }, NOW + 1, 'Key1'],
    [{ Key1: NOW + 2, Key2: NOW + 1 }, NOW + 1, 'Key2'],
  ])('with both slots in quarantine it waits for the first to end', (ends, until, slot) => {
    const record = givenRecord('idle', { quarantine: givenQuarantine(ends) });
    expect(plan({ record, secret: DEAD_SECRET })).toMatchObject({
      do: 'wait',
      reason: 'InQuarantine',
      until,
      message: expect.stringContaining(slot),
    });
  });

  it('is healed in spite of a hold, a closed window, a request and a rotation under way', () => {
    for (const phase of [
      'regeneratingStandby',
      'verifying',
      'overlap',
      'regeneratingStale',
    ] as const) {
      const step = note({
        record: givenRecord(phase),
        secret: DEAD_SECRET,
        holds: [givenHold()],
        requests: [givenRequest('manual')],
      });
      expect(step.reason).toBe('Drifted');
    }
  });

  describe('a heal under way', () => {
    const healing = (overrides: Partial<RotationRecord> = {}) =>
      givenRecord('verifying', {
        rotation: givenRotation({ cause: 'drift' }),
        candidate: { slot: 'Key1', fingerprint: K1, since: NOW - MINUTE, verified: false },
        ...overrides,
      });

    it('is none where the vault holds a live key', () => {
      const healed = factsOf(givenObservation({ record: healing() }), TIMING);
      expect(healed && isHealing(healed)).toBe(false);
    });

    it('goes on', () => {
      expect(plan({ record: healing(), secret: DEAD_SECRET }).do).toBe('verify');
      expect(plan({ record: healing({ phase: 'publishing' }), secret: DEAD_SECRET }).do).toBe(
        'verify',
      );
    });

    it.each([
      ['its candidate changed', healing(), { Key1: OTHER, Key2: K2 }],
      [
        'its candidate’s slot is in quarantine',
        healing({ quarantine: givenQuarantine({ Key1: NOW + 1 }) }),
        undefined,
      ],
      [
        'it is of a rotation that has other aims',
        healing({ rotation: givenRotation() }),
        undefined,
      ],
      ['it has no candidate', healing({ candidate: null }), undefined],
      [
        'its secret is another',
        healing({ rotation: givenRotation({ cause: 'drift', secret: { ...SECRET, name: 'x' } }) }),
        undefined,
      ],
      ['it is over', healing({ phase: 'overlap' }), undefined],
      ['it belongs to no rotation', healing({ rotation: null }), undefined],
    ])('begins anew when %s', (_, record, keys) => {
      expect(note({ record, secret: DEAD_SECRET, ...(keys && { keys }) }).reason).toBe('Drifted');
    });
  });
});

describe('rule 10: the newest version is not the recorded one', () => {
  const secret = givenSecret({ id: 'v9', createdAt: NOW - MINUTE });

  it.each([
    ['another version', givenRecord('idle'), secret],
    [
      'another slot',
      givenRecord('idle', { active: givenPublication({ slot: 'Key2' }) }),
      givenSecret(),
    ],
    [
      'another place',
      givenRecord('idle', { active: givenPublication({ secret: { ...SECRET, vaultUrl: 'x' } }) }),
      givenSecret(),
    ],
    ['nothing recorded', givenRecord('idle', { active: null }), givenSecret()],
  ])('%s: overlap with the other slot as stale key', (_, record, state) => {
    const step = note({ record, secret: state });
    expect(step.reason).toBe('Rebased');
    expect(step.next).toMatchObject({
      phase: 'overlap',
      active: { slot: 'Key1', fingerprint: K1, secret: SECRET },
      stale: { slot: 'Key2', fingerprint: K2 },
      announcedAt: null,
      intent: null,
    });
  });

  it('a person’s publish of the standby key turns the roles round', () => {
    const { next } = note({ secret: givenSecret({ id: 'v9', createdAt: NOW, fingerprint: K2 }) });
    expect(next).toMatchObject({
      active: { slot: 'Key2', fingerprint: K2 },
      stale: { slot: 'Key1', fingerprint: K1 },
      retireAt: NOW + 2 * DAY,
      rotation: { id: 'fresh', cause: 'drift' },
    });
  });

  it('our own publish that was not recorded belongs to its rotation', () => {
    const tags = { ...givenVersion().tags, 'rotation-id': 'r1', fingerprint: K2 };
    const newest = { id: 'v9', createdAt: NOW, fingerprint: K2, tags };
    const { next } = note({ record: givenRecord('publishing'), secret: givenSecret(newest) });
    expect(next.rotation).toEqual(givenRotation());
  });

  it.each([
    ['another rotation published it', { 'rotation-id': 'r0', fingerprint: K2 }, 'publishing'],
    ['its tags came with another value', { 'rotation-id': 'r1', fingerprint: K1 }, 'publishing'],
    ['its rotation was announced', { 'rotation-id': 'r1', fingerprint: K2 }, 'overlap'],
    ['its rotation is over', { 'rotation-id': 'r1', fingerprint: K2 }, 'idle'],
  ] as const)('events of it are no copies of earlier ones: %s', (_, own, phase) => {
    const tags = { ...givenVersion().tags, ...own };
    const newest = { id: 'v9', createdAt: NOW, fingerprint: K2, tags };
    const { next } = note({ record: givenRecord(phase), secret: givenSecret(newest) });
    expect(next.rotation).toMatchObject({ id: 'fresh', cause: 'drift', overlapMs: 2 * DAY });
  });

  it('keeps a later end of the same stale key that apps were told', () => {
    const record = givenRecord('overlap', { retireAt: NOW + 7 * DAY });
    expect(note({ record, secret }).next.retireAt).toBe(NOW + 7 * DAY);
  });

  it('keeps quarantines', () => {
    const quarantine = givenQuarantine({ Key2: NOW + 1, vault: NOW + 2 });
    expect(
      note({ record: givenRecord('publishing', { quarantine }), secret }).next.quarantine,
    ).toEqual(quarantine);
  });

  it('goes before requests and before the rotation under way', () => {
    for (const phase of ['idle', 'regeneratingStandby', 'regeneratingStale'] as const) {
      const requests = [givenRequest('compromised', { fingerprints: [K1, K2] })];
      expect(note({ record: givenRecord(phase), secret, requests }).reason).toBe('Rebased');
    }
  });
});
