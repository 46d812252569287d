import { describe, expect, it } from 'vitest';
import type { Phase, RotationRecord } from '../../shared/core/record.ts';
import { parseRecord, supersede } from '../../shared/core/record.ts';
import { givenPublication, givenRecord, NOW } from './fixtures.ts';

const PHASES: Phase[] = [
  'idle',
  'regeneratingStandby',
  'verifying',
  'publishing',
  'overlap',
  'regeneratingStale',
];

describe('a record', () => {
  it.each(PHASES)('in phase %s is read back as it was written', (phase) => {
    const record = givenRecord(phase);
    expect(parseRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it.each<Partial<RotationRecord>>([
    { claim: { worker: 'me', until: NOW } },
    { switching: { requestId: 'keyless-1', at: NOW, seen: true } },
    { trouble: { message: '503', retriable: true, telling: true } },
  ])('with %o is read back as it was written', (overrides) => {
    const record = givenRecord('idle', overrides);
    expect(parseRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it('of a version that could not switch key authentication off is read', () => {
    const { switching: _, ...former } = givenRecord();
    expect(parseRecord(former)).toEqual(givenRecord());
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'idle'],
    ['an empty object', {}],
    ['a list', [givenRecord()]],
    ['an unknown phase', { ...givenRecord(), phase: 'asleep' }],
    ['a fraction of a millisecond', { ...givenRecord(), notBefore: 0.5 }],
    ['a negative time', { ...givenRecord(), notBefore: -1 }],
    ['no number', { ...givenRecord(), retireAt: Number.NaN }],
    ['infinity', { ...givenRecord(), retireAt: Number.POSITIVE_INFINITY }],
    [
      'a slot in another casing',
      { ...givenRecord(), active: givenPublication({ slot: 'key1' as 'Key1' }) },
    ],
    [
      'a key in place of a fingerprint',
      { ...givenRecord(), active: givenPublication({ fingerprint: 'f'.repeat(32) }) },
    ],
    ['a missing field', { ...givenRecord(), quarantine: undefined }],
    ['a missing quarantine', { ...givenRecord(), quarantine: { Key1: 0, Key2: 0 } }],
  ])('of %s is not a record', (_, value) => {
    expect(parseRecord(value)).toBeUndefined();
  });
});

describe('superseded versions', () => {
  it('grow by the active one', () => {
    expect(supersede(givenRecord('idle', { superseded: ['v0'] }))).toEqual(['v0', 'v1']);
  });

  it('stay where nothing is active', () => {
    expect(supersede(givenRecord('idle', { superseded: ['v0'], active: null }))).toEqual(['v0']);
  });

  it('are the last eight', () => {
    const superseded = [...'abcdefgh'];
    expect(supersede(givenRecord('idle', { superseded }))).toEqual([...'bcdefgh', 'v1']);
  });
});
