/** @import { HistoryEntry } from './types.d.ts' */

/**
 * The pages of a history at hand: the newest, read anew at each refresh, and older ones that were
 * asked for. Nothing is lost between them while a refresh still meets what was known before.
 */

/** @typedef {{ entries: readonly HistoryEntry[], continuation: string | null }} HistoryPage */
/** @typedef {HistoryPage & { hasOlder: boolean }} History `hasOlder`: older pages were asked for */

/** @type {History} */
export const EMPTY = { entries: [], continuation: null, hasOlder: false };

/**
 * With the newest page read anew. Where more happened since than fits a page, there is a gap before
 * what was known: that is left out then, to be asked for again.
 * @param {History} known
 * @param {HistoryPage} page
 * @returns {History}
 */
export function withNewest(known, page) {
  const isKnown = new Set(keyed(known.entries).map(([key]) => key));
  const meets = keyed(page.entries).some(([key]) => isKnown.has(key));
  if (!known.hasOlder || (page.continuation !== null && !meets)) {
    return { ...page, hasOlder: false };
  }
  return { ...known, entries: merged(page.entries, known.entries) };
}

/**
 * With the page that `continuation` names; unchanged where that is not the next one any more.
 * @param {History} known
 * @param {string} continuation
 * @param {HistoryPage} page
 * @returns {History}
 */
export function withOlder(known, continuation, page) {
  if (known.continuation !== continuation) return known;
  return { ...page, entries: merged(known.entries, page.entries), hasOlder: true };
}

/**
 * Lines, each with a key of its own that stays the same from one reading to the next. Lines that are
 * alike in all they say are told apart by their number.
 * @param {readonly HistoryEntry[]} entries
 * @returns {(readonly [key: string, entry: HistoryEntry])[]}
 */
export function keyed(entries) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  return entries.map((entry) => {
    const text = JSON.stringify(entry);
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    return [`${text} ${count}`, entry];
  });
}

/**
 * Both, newest first, each line once. Lines of one time keep their order, those of `first` before.
 * @param {readonly HistoryEntry[]} first
 * @param {readonly HistoryEntry[]} second
 */
function merged(first, second) {
  const all = new Map([...keyed(first), ...keyed(second)]);
  return [...all.values()].sort((a, b) => Date.parse(b.at ?? '') - Date.parse(a.at ?? ''));
}
