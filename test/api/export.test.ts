import { expect, test } from 'vitest';
import { toCsv, toJsonLines } from '../../shared/api/export.ts';
import type { HistoryView } from '../../shared/api/views.ts';

function givenEntry(changes: Partial<HistoryView>): HistoryView {
  return {
    at: '2026-01-05T12:00:00.000Z',
    reason: 'HoldPlaced',
    message: 'freeze',
    phase: 'idle',
    rotationId: null,
    requestId: null,
    cause: null,
    slot: null,
    fingerprint: null,
    actor: 'ada',
    outcome: 'done',
    durationMs: 0,
    ...changes,
  };
}

const HEADER =
  'at,reason,message,phase,rotationId,requestId,cause,slot,fingerprint,actor,outcome,durationMs';

test.each([
  ['text', 'freeze', 'freeze'],
  ['a comma', 'a, b', '"a, b"'],
  ['quotes', 'say "no"', '"say ""no"""'],
  ['a line break', 'a\nb', '"a\nb"'],
  ['a carriage return', 'a\rb', '"a\rb"'],
  ['a formula', '=1+1', "'=1+1"],
  ['a sum', '+1', "'+1"],
  ['a difference', '-1', "'-1"],
  ['a function', '@SUM(A1)', "'@SUM(A1)"],
  ['a tab', '\t=1', "'\t=1"],
  ['a quoted formula', '=cmd|"x",1', `"'=cmd|""x"",1"`],
])('CSV holds %s', (_, message, cell) => {
  const csv = toCsv([givenEntry({ message })]);
  expect(csv).toBe(
    `${HEADER}\r\n2026-01-05T12:00:00.000Z,HoldPlaced,${cell},idle,,,,,,ada,done,0\r\n`,
  );
});

test('CSV without lines has its header', () => {
  expect(toCsv([])).toBe(`${HEADER}\r\n`);
});

test('JSON Lines hold a line for each entry', () => {
  const entries = [givenEntry({ message: 'a\nb' }), givenEntry({ actor: '=x' })];
  const lines = toJsonLines(entries).split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => JSON.parse(line))).toEqual(entries);
});
