import type { HistoryView } from '../../shared/api/views.ts';
import { type ScopeOptions, scopedPath } from '../accounts.ts';
import { UsageError } from '../errors.ts';
import { table } from '../tables.ts';
import { json, printableLines } from '../text.ts';
import { timeOf } from '../times.ts';
import { FINE, type Session } from './session.ts';

const HEADS = ['at', 'phase', 'reason', 'outcome', 'key', 'by', 'message'];

/** What may be typed about it. */
export interface HistoryOptions extends ScopeOptions {
  readonly limit: number;
  readonly rotation?: string | undefined;
  readonly format?: 'csv' | 'jsonl' | undefined;
}

interface HistoryPage {
  readonly entries: HistoryView[];
}

/** Shows what was done to an account, or to all at once, newest first, or exports all of it. */
export async function history(
  account: string | undefined,
  { all, limit, rotation, format }: HistoryOptions,
  { api, world, json: asJson }: Session,
): Promise<number> {
  if (all && rotation !== undefined) {
    throw new UsageError('--rotation: expected an account that it is of, found --all.');
  }
  const path = await scopedPath('history', account, { all }, api);
  if (format) {
    world.write(printableLines(await api.getText(path, { format, rotation })));
    return FINE;
  }
  const page = await api.get<HistoryPage>(path, { limit, rotation });
  if (asJson) world.write(`${json(page)}\n`);
  else if (page.entries.length === 0) world.write('Nothing is recorded.\n');
  else {
    const rows = page.entries.map((entry) => ({ cells: cellsOf(entry) }));
    world.write(table(HEADS, rows));
  }
  return FINE;
}

function cellsOf(entry: HistoryView): string[] {
  const { at, phase, reason, outcome, slot, fingerprint, actor, message } = entry;
  const key = [slot, fingerprint].filter(Boolean).join(' ') || '–';
  return [timeOf(at), phase ?? '–', reason, outcome, key, actor || 'the schedule', message];
}
