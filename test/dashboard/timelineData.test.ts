import { expect, test } from 'vitest';
import type { HistoryView } from '../../shared/api/views.ts';
import { timelineOf } from '../../shared/dashboard/page/timelineData.js';
import { givenEntry } from '../ops/views.ts';

const START = Date.UTC(2026, 0, 1);
const NOW = START + 100_000;

const OLD = { slot: 'Key1', fingerprint: '111111111111' } as const;
const NEW = { slot: 'Key2', fingerprint: '222222222222' } as const;
const OFF = { reason: 'KeylessRequested', slot: null, fingerprint: null } as const;

/** A line so many seconds after the start. */
function line(second: number, changes: Partial<HistoryView>): HistoryView {
  return givenEntry({ at: new Date(START + second * 1_000).toISOString(), ...changes });
}

/** Both keys' spans as `slot from–to` in seconds, and the marks as `kind second`. */
function shown(lines: readonly HistoryView[]) {
  const { values, active, marks } = timelineOf(lines, NOW);
  const second = (time: number) => (time - START) / 1_000;
  type Span = (typeof values)[number];
  const text = ({ slot, from, to }: Span) => `${slot} ${second(from)}–${second(to)}`;
  return {
    valid: values.map(text),
    active: active.map(text),
    marks: marks.map(({ kind, at }) => `${kind} ${second(at)}`),
  };
}

test('a key is active from its publish to the next', () => {
  const lines = [line(10, NEW), line(0, OLD)];
  expect(shown(lines)).toEqual({
    valid: ['Key1 0–100', 'Key2 0–100'],
    active: ['Key1 0–10', 'Key2 10–100'],
    marks: ['published 0', 'published 10'],
  });
});

test('after a publish whose answer was lost, the key that the vault holds is the active one', () => {
  const lost = { ...NEW, outcome: 'unknown' } as const;
  const found = { ...NEW, reason: 'Rebased', outcome: 'noted' } as const;
  const lines = [line(0, OLD), line(10, lost), line(20, found)];
  expect(shown(lines).active).toEqual(['Key1 0–20', 'Key2 20–100']);
});

test('a record that follows the vault to the key that was active already begins no other span', () => {
  const lines = [line(0, OLD), line(10, { ...OLD, reason: 'Rebased', outcome: 'noted' })];
  expect(shown(lines).active).toEqual(['Key1 0–100']);
});

test('no key is valid or active after key authentication was switched off', () => {
  const asked = { ...OFF, outcome: 'noted' } as const;
  const lines = [line(0, OLD), line(10, NEW), line(30, asked), line(40, OFF)];
  const end = line(50, { ...NEW, reason: 'Keyless' });
  expect(shown([...lines, end])).toEqual({
    valid: ['Key1 0–40', 'Key2 0–40'],
    active: ['Key1 0–10', 'Key2 10–40'],
    marks: ['published 0', 'published 10', 'off 40', 'off 50'],
  });
});

test('a switch whose answer was lost ends the keys once the account is known to be keyless', () => {
  const lost = { ...OFF, outcome: 'unknown' } as const;
  const lines = [line(0, OLD), line(40, lost), line(50, { ...OLD, reason: 'Keyless' })];
  expect(shown(lines)).toMatchObject({ valid: ['Key1 0–50'], active: ['Key1 0–50'] });
});

test('a key replaced on the way to the end of key authentication is no end of it', () => {
  const replaced = { ...NEW, reason: 'KeylessRequested' } as const;
  expect(shown([line(0, OLD), line(40, replaced)]).active).toEqual(['Key1 0–100']);
});

test('keys that are switched on again are valid from then on', () => {
  const lines = [line(0, OLD), line(40, OFF), line(80, OLD)];
  expect(shown(lines)).toMatchObject({
    valid: ['Key1 0–40', 'Key1 80–100'],
    active: ['Key1 0–40', 'Key1 80–100'],
  });
});
