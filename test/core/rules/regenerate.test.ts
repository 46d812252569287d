import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../shared/core/facts.ts';
import type { ScopedHold } from '../../../shared/core/observation.ts';
import type { Phase } from '../../../shared/core/record.ts';
import { regenerateOrWait } from '../../../shared/core/rules/regenerate.ts';
import { parseWindow } from '../../../shared/core/window.ts';
import {
  AT,
  CHECK,
  DAY,
  type Given,
  givenHold,
  givenObservation,
  givenPublication,
  givenQuarantine,
  givenRecord,
  givenRequest,
  givenSecret,
  HOUR,
  JUST_AFTER,
  JUST_BEFORE,
  K1,
  K2,
  MINUTE,
  NOW,
  plan,
  QUARANTINE,
  TIMING,
} from '../fixtures.ts';

/** Three ways to a regenerate, all of which have to pass the same gates. */
const WAYS: [string, Phase, Given][] = [
  ['starting', 'idle', { requests: [givenRequest('manual')] }],
  ['trying once more', 'regeneratingStandby', {}],
  ['retiring', 'regeneratingStale', {}],
];
const SHUT = parseWindow('Wed 12:30-13:00');

describe.each(WAYS)('when %s (%s)', (_, phase, given) => {
  const inPhase = (overrides: Parameters<typeof givenRecord>[1] = {}) => ({
    ...given,
    record: givenRecord(phase, { intent: null, ...overrides }),
  });

  it('the standby slot is regenerated, after an intent with its value and a quarantine', () => {
    const step = plan(inPhase());
    expect(step).toMatchObject({
      do: 'regenerate',
      slot: 'Key2',
      intent: {
        intent: { kind: 'regenerate', slot: 'Key2', fingerprint: K2, at: NOW },
        quarantine: { Key1: 0, Key2: NOW + QUARANTINE, vault: 0 },
      },
    });
  });

  it.each([
    ['Key2', JUST_BEFORE, 'wait'],
    ['Key2', AT, 'regenerate'],
    ['Key2', JUST_AFTER, 'regenerate'],
    ['vault', JUST_BEFORE, 'wait'],
    ['vault', AT, 'regenerate'],
    ['vault', JUST_AFTER, 'regenerate'],
    ['Key1', JUST_BEFORE, 'regenerate'],
  ] as const)('a quarantine of %s, %s ms from its end: %s', (place, offset, expected) => {
    const until = NOW - offset;
    const step = plan(inPhase({ quarantine: givenQuarantine({ [place]: until }) }));
    expect(step.do).toBe(expected);
    if (step.do === 'wait') expect(step).toMatchObject({ reason: 'InQuarantine', until });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'regenerate'],
    [JUST_AFTER, 'regenerate'],
  ])('%s ms from the end of a pause after a failure: %s', (offset, expected) => {
    const step = plan(inPhase({ notBefore: NOW - offset }));
    expect(step.do).toBe(expected);
    if (step.do === 'wait')
      expect(step).toMatchObject({ reason: 'CallFailed', until: NOW - offset, attention: false });
  });

  it.each([true, false])('a person has to look at what will not mend itself: %s', (retriable) => {
    const trouble = { message: '503', retriable };
    const step = plan(inPhase({ notBefore: NOW + 1, trouble }));
    expect(step).toMatchObject({ reason: 'CallFailed', attention: !retriable });
  });

  it.each([
    [JUST_BEFORE, 'Held'],
    [AT, undefined],
    [JUST_AFTER, undefined],
  ])('%s ms from the end of a hold: %s', (offset, reason) => {
    const holds = [givenHold({ until: NOW - offset })];
    const step = plan({ ...inPhase({ reported: 'Held' }), holds });
    expect(step.do).toBe(reason ? 'wait' : 'regenerate');
    if (reason) expect(step).toMatchObject({ reason, until: NOW - offset, attention: false });
  });

  it('a hold without end is looked at again later', () => {
    const step = plan({ ...inPhase({ reported: 'Held' }), holds: [givenHold()] });
    expect(step).toMatchObject({ do: 'wait', reason: 'Held', until: NOW + CHECK });
    expect(step.message).toMatch(/Grace until released: release week/);
  });

  it('any hold in force counts, of the account or of all', () => {
    const holds = [givenHold({ until: NOW }), givenHold({ actor: 'Alan', until: NOW + HOUR })];
    expect(plan({ ...inPhase({ reported: 'Held' }), holds }).message).toMatch(/Alan until its end/);
  });

  it('of two holds in force the one that lasts longest is named, and waited for', () => {
    const short = givenHold({ until: NOW + 1 });
    const long = givenHold({ scope: 'all', actor: 'Alan', until: NOW + HOUR });
    const endless = givenHold({ scope: 'all' });
    const held = (...holds: ScopedHold[]) => plan({ ...inPhase({ reported: 'Held' }), holds });
    for (const step of [held(short, long), held(long, short)]) {
      expect(step).toMatchObject({ until: NOW + HOUR });
      expect(step.message).toMatch(/^all accounts are held by Alan until its end/);
    }
    expect(held(long, endless).message).toMatch(/^all accounts are held by Grace until released/);
    expect(held(givenHold(), endless).message).toMatch(/^held by Grace until released/);
  });

  it.each([
    [Date.UTC(2026, 3, 15, 12, 30) - 1, 'wait'],
    [Date.UTC(2026, 3, 15, 12, 30), 'regenerate'],
    [Date.UTC(2026, 3, 15, 13) - 1, 'regenerate'],
    [Date.UTC(2026, 3, 15, 13), 'wait'],
  ])('inside the window only: at %s %s', (now, expected) => {
    const step = plan({ ...inPhase({ reported: 'WindowClosed' }), now, policy: { window: SHUT } });
    expect(step.do).toBe(expected);
    if (step.do === 'wait') expect(step.reason).toBe('WindowClosed');
  });

  it('the next opening is what is waited for', () => {
    const step = plan({ ...inPhase({ reported: 'WindowClosed' }), policy: { window: SHUT } });
    expect(step).toMatchObject({ do: 'wait', until: NOW + 30 * MINUTE });
  });
});

describe.each([
  ['starting', 'idle', { requests: [givenRequest('manual')] }],
  ['trying once more', 'regeneratingStandby', {}],
  ['retiring a stale key that is not recorded', 'regeneratingStale', {}],
] as const)('while Key2 is active, when %s (%s)', (_, phase, given) => {
  it('Key1 is the standby slot', () => {
    const active = givenPublication({ slot: 'Key2', fingerprint: K2 });
    const record = givenRecord(phase, { active, stale: null, intent: null });
    const secret = givenSecret({ fingerprint: K2 });
    expect(plan({ ...given, record, secret })).toMatchObject({
      do: 'regenerate',
      slot: 'Key1',
      intent: { intent: { slot: 'Key1', fingerprint: K1 } },
    });
  });
});

describe('what holds a rotation up is told once', () => {
  const held = { holds: [givenHold()] };
  const record = givenRecord('regeneratingStale');

  it('by an event while a rotation is under way', () => {
    expect(plan({ ...held, record })).toMatchObject({
      do: 'report',
      event: 'rotationDelayed',
      reason: 'Held',
    });
  });

  it('not again, until the reason is another', () => {
    const told = { ...record, reported: 'Held' };
    expect(plan({ ...held, record: told }).do).toBe('wait');
    expect(plan({ policy: { window: SHUT }, record: told })).toMatchObject({
      reason: 'WindowClosed',
      do: 'report',
    });
  });

  it.each([
    [JUST_BEFORE, 'wait'],
    [AT, 'report'],
  ])('%s ms from the end of a pause after a failure: %s', (offset, expected) => {
    expect(plan({ ...held, record: { ...record, notBefore: NOW - offset } }).do).toBe(expected);
  });

  it('about a rotation that cannot start too, under an id that stays the same', () => {
    const asked = plan({ ...held, requests: [givenRequest('manual')] });
    expect(asked).toMatchObject({ do: 'report', rotation: { cause: 'manual' } });
    expect(plan({ ...held, requests: [givenRequest('manual')] })).toEqual(asked);
  });

  it('of the schedule too, under the id of the key that it is to replace', () => {
    const versionId = '0123456789abcdef';
    const createdAt = NOW - 30 * DAY;
    const due = givenRecord('idle', { active: givenPublication({ versionId, createdAt }) });
    const secret = givenSecret({ id: versionId, createdAt });
    expect(plan({ ...held, record: due, secret })).toMatchObject({
      do: 'report',
      rotation: { id: 'after-0123456789ab', cause: 'schedule' },
    });
  });

  it('a hold goes before a closed window, which goes before a quarantine', () => {
    const quarantine = givenQuarantine({ Key2: NOW + DAY });
    const shut = { policy: { window: SHUT }, record: { ...record, intent: null } };
    expect(plan({ ...held, ...shut }).reason).toBe('Held');
    const started = givenRecord('idle', { quarantine });
    const due = { requests: [givenRequest('manual')], record: started };
    expect(plan({ ...shut, ...due }).reason).toBe('WindowClosed');
    expect(plan(due).reason).toBe('InQuarantine');
  });
});

describe('the active key is never regenerated, whatever rule should ask for it', () => {
  const wish = (given: Given, slot: 'Key1' | 'Key2', from = givenRecord('overlap')) => {
    const facts = factsOf(givenObservation(given), TIMING);
    if (!facts) throw new Error('an incomplete observation');
    return regenerateOrWait(facts, { reason: 'Due', message: 'a defect', slot, from });
  };

  it.each([
    ['the slot whose value the vault holds', {}, 'Key1', givenRecord('overlap')],
    ['that slot, though the record has none', {}, 'Key1', givenRecord('overlap', { active: null })],
    [
      'the slot that the record has as active',
      {},
      'Key2',
      givenRecord('overlap', { active: givenPublication({ slot: 'Key2' }) }),
    ],
    [
      'any slot, where none is active',
      { secret: { state: 'absent' } },
      'Key2',
      givenRecord('overlap'),
    ],
  ] as const)('%s', (_, given, slot, from) => {
    expect(wish(given, slot, from)).toMatchObject({
      do: 'wait',
      reason: 'ObservationIncomplete',
      until: NOW + CHECK,
      attention: true,
    });
  });

  it('and a person hears of the defect', () => {
    expect(wish({}, 'Key1').message).toBe('a defect: Key1 is active');
  });

  it('but the other one is', () => {
    expect(wish({ keys: { Key1: K1, Key2: K2 } }, 'Key2').do).toBe('regenerate');
    expect(wish({}, 'Key2', givenRecord('overlap', { active: null })).do).toBe('regenerate');
  });
});
