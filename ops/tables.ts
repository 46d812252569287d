import picocolors from 'picocolors';
import { compactTable } from './compactTable.ts';
import { printable } from './text.ts';

/** Colours are for people at a terminal; `CI` alone, which the library counts as one, is none. */
const colors = picocolors.createColors(
  process.stdout.isTTY === true && picocolors.isColorSupported,
);

/** A line of a table; one that needs attention stands out. */
export interface Row {
  readonly cells: readonly string[];
  readonly attention?: boolean;
}

/** Rows under headings. Cells may hold text from outside. */
export function table(heads: readonly string[], rows: readonly Row[]): string {
  const lines = rows.map(({ cells, attention }) => {
    const safe = cells.map(printable);
    return attention ? safe.map((cell) => colors.yellow(cell)) : safe;
  });
  return `${compactTable([heads.map((head) => colors.bold(head)), ...lines])}\n`;
}

/** Names with what they stand for, a line each. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  return `${compactTable(pairs.map(([name, value]) => [colors.bold(name), printable(value)]))}\n`;
}
