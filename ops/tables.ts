import Table from 'cli-table3';
import picocolors from 'picocolors';
import { printable } from './text.ts';

/** Colours are for people at a terminal; `CI` alone, which the library counts as one, is none. */
const colors = picocolors.createColors(
  process.stdout.isTTY === true && picocolors.isColorSupported,
);

/** Columns under a heading, without lines. */
const COMPACT = {
  chars: Object.fromEntries(
    ['top', 'bottom', 'mid']
      .flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`])
      .concat('middle', 'left', 'left-mid', 'mid-mid', 'right', 'right-mid')
      .map((name) => [name, '']),
  ),
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
};

/** A line of a table; one that needs attention stands out. */
export interface Row {
  readonly cells: readonly string[];
  readonly attention?: boolean;
}

/** Rows under headings. Cells may hold text from outside. */
export function table(heads: readonly string[], rows: readonly Row[]): string {
  const made = new Table({ ...COMPACT, head: heads.map((head) => colors.bold(head)) });
  for (const { cells, attention } of rows) {
    const safe = cells.map(printable);
    made.push(attention ? safe.map((cell) => colors.yellow(cell)) : safe);
  }
  return trimmed(made.toString());
}

/** Names with what they stand for, a line each. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const made = new Table(COMPACT);
  for (const [name, value] of pairs) made.push([colors.bold(name), printable(value)]);
  return trimmed(made.toString());
}

function trimmed(text: string): string {
  return `${text.replace(/ +$/gm, '')}\n`;
}
