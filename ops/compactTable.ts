import Table from 'cli-table3';

/** How a table is laid out; by default every column is as wide as its widest cell. */
export interface TableLayout {
  /** Of each column, in characters; what is longer is cut with `…`. */
  readonly widths?: readonly number[];
  /** Indexes of the columns that are aligned to the right. */
  readonly rightAligned?: readonly number[];
}

/** Blanks between two columns. */
export const COLUMN_GAP = 2;

/** Columns under a heading, without lines: it has to fit beside a log. */
const COMPACT = {
  chars: Object.fromEntries(
    ['top', 'bottom', 'mid']
      .flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`])
      .concat('middle', 'left', 'left-mid', 'mid-mid', 'right', 'right-mid')
      .map((name) => [name, '']),
  ),
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': COLUMN_GAP },
};

/** Rows of cells, the first of which may be headings; no line ends in blanks. */
export function compactTable(
  rows: readonly (readonly string[])[],
  { widths, rightAligned = [] }: TableLayout = {},
): string {
  const columns = [...(rows[0] ?? [])].keys();
  const table = new Table({
    ...COMPACT,
    ...(widths && { colWidths: widths.map((width) => width + COLUMN_GAP) }),
    colAligns: [...columns].map((index) => (rightAligned.includes(index) ? 'right' : 'left')),
  });
  table.push(...rows.map((cells) => [...cells]));
  return table.toString().replace(/ +$/gm, '');
}
