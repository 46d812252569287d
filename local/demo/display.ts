import cliTruncate from 'cli-truncate';
import picocolors from 'picocolors';

/** What is known of the place where text is shown. */
export interface Display {
  /** Characters in a line; infinite where nobody counts them. */
  readonly columns: number;
  /** Infinite where text scrolls on. */
  readonly rows: number;
  readonly colors: ReturnType<typeof picocolors.createColors>;
}

/** Of a terminal as wide as it is now, or of a file. */
export function displayOf(output: NodeJS.WriteStream): Display {
  const { isTTY, columns, rows } = output;
  const colors = picocolors.createColors(isTTY === true && output.hasColors());
  // A terminal that does not know its size says 0.
  return isTTY
    ? { columns: columns || 80, rows: rows || 24, colors }
    : { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY, colors };
}

/** Each line of a text no wider than the display, cut with `…` where it was. */
export function fitLines(text: string, { columns }: Display): string {
  if (!Number.isFinite(columns)) return text;
  return text
    .split('\n')
    .map((line) => cliTruncate(line, columns))
    .join('\n');
}
