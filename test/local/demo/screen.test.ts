import { PassThrough } from 'node:stream';
import cliTruncate from 'cli-truncate';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { Display } from '../../../local/demo/display.ts';
import type { LoggedStep } from '../../../local/demo/hostLog.ts';
import type { Row } from '../../../local/demo/rows.ts';
import { frame, openScreen } from '../../../local/demo/screen.ts';

const ROW: Row = {
  name: 'contoso-translator',
  kind: 'CognitiveServices',
  slot: 'Key2',
  fingerprint: '0123456789ab',
  phase: 'regeneratingStandby',
  left: '≤ 60 s',
  reason: 'AcknowledgementMissing',
  attention: true,
  rotations: 12,
  acks: '1/2',
  missing: ['night-batch'],
  served: 123_456,
  failed: 3,
  lastFailure: null,
};

const STEP: LoggedStep = {
  time: '03:04:05',
  account: 'contoso-translator',
  reason: 'ConfirmingRetirement',
  message: 'try the stale key’s old value until it is refused, 鍵 by 鍵',
  level: 'warning',
};

const STEPS = Array.from({ length: 12 }, () => STEP);

function displayOf(columns: number, rows: number): Display {
  return { columns, rows, colors: picocolors.createColors(true) };
}

/** A terminal of which the window can be resized, and all that was written to it. */
function givenTerminal(columns: number, rows: number) {
  const stream = new PassThrough({ encoding: 'utf8' });
  let written = '';
  stream.on('data', (text: string) => {
    written += text;
  });
  const size = { isTTY: true, columns, rows };
  const terminal = Object.assign(stream, size, {
    hasColors: () => false,
    cursorTo: () => stream.write('<home>'),
    clearScreenDown: () => stream.write('<clear>'),
  });
  return {
    output: terminal as unknown as NodeJS.WriteStream,
    resize(newColumns: number, newRows: number) {
      Object.assign(stream, { columns: newColumns, rows: newRows });
      written = '';
      stream.emit('resize');
      return written;
    },
  };
}

describe('the live view', () => {
  it('has no line that is wider, and no more lines, than the terminal', () => {
    for (let columns = 30; columns <= 200; columns += 1) {
      const failing = { ...ROW, lastFailure: 'answered 503 '.repeat(20) };
      const lines = frame([ROW, failing], STEPS, displayOf(columns, 20)).split('\n');
      expect(lines.length).toBeLessThanOrEqual(20);
      for (const line of lines) expect(cliTruncate(line, columns)).toBe(line);
    }
  });

  it('shows names and counts in full however narrow it is', () => {
    const lines = frame([ROW], [], displayOf(42, 20)).split('\n');
    expect(lines[2]).toMatch(/^contoso-translator .* 123456 .*3/);
  });

  it('has no blanks at the end of a line', () => {
    expect(frame([{ ...ROW, acks: '', served: 0 }], STEPS, displayOf(200, 40))).not.toMatch(/ $/m);
  });

  it('names who has not acknowledged, and nobody once all have', () => {
    const names = (missing: string[]) => frame([{ ...ROW, missing }], [], displayOf(80, 24));
    expect(names(['night-batch'])).toContain('not yet: night-batch (contoso-translator)');
    expect(names([])).not.toContain('not yet');
  });

  it('says how the last request failed, and nothing where none did', () => {
    const drawn = (lastFailure: string | null) =>
      frame([{ ...ROW, lastFailure }], [], displayOf(80, 24));
    expect(drawn('answered 503')).toContain('failed last: contoso-translator: answered 503');
    expect(drawn(null)).not.toContain('failed last');
  });

  it('shows no step where there is no room for one', () => {
    expect(frame([ROW], STEPS, displayOf(80, 5))).not.toContain('03:04:05');
  });

  it('is drawn anew, with what stands above it, when the window is resized', () => {
    const { output, resize } = givenTerminal(140, 40);
    const screen = openScreen(output);
    screen.print('first line\nsecond line');
    screen.step({ ...STEP, level: 'information' });
    screen.show([ROW]);
    const wide = resize(120, 30);
    expect(wide).toMatch(/^\S*<home><clear>first line\nsecond line\n/);
    expect(wide).toContain('ConfirmingRetirement');
    const narrow = resize(80, 10);
    expect(narrow).not.toContain('first line');
    expect(narrow).toContain('second line');
    expect(narrow).not.toContain('fingerprint');
    screen.close();
    expect(resize(140, 40)).toBe('');
  });
});
