import { stringify } from 'csv-stringify/sync';
import { historyEntry } from './schemas/answers.ts';
import type { HistoryView } from './views.ts';

/** One JSON object a line, newest first. */
export function toJsonLines(entries: readonly HistoryView[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/**
 * RFC 4180 with a header line. Text that a spreadsheet would take for a formula gets an apostrophe in
 * front: reasons are written by people.
 */
export function toCsv(entries: readonly HistoryView[]): string {
  return stringify([...entries], {
    header: true,
    columns: Object.keys(historyEntry.shape),
    record_delimiter: 'windows',
    // Of line breaks it quotes its own delimiter alone.
    quoted_match: /[\r\n]/,
    escape_formulas: true,
  });
}
