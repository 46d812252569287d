import { expect, test } from 'vitest';
import { EMPTY, keyed, withNewest, withOlder } from '../../shared/dashboard/page/historyPages.js';
import { givenEntry } from '../ops/views.ts';

/** Lines with these messages, newest first, two to each second. */
function lines(from: number, to: number) {
  const count = Math.abs(from - to) + 1;
  return Array.from({ length: count }, (_, index) => {
    const number = from - index;
    const at = new Date(Date.UTC(2026, 0, 1) + Math.floor(number / 2) * 1_000).toISOString();
    return givenEntry({ at, message: String(number) });
  });
}

function page(from: number, to: number) {
  return { entries: lines(from, to), continuation: to > 1 ? `below ${to}` : null };
}

function numbers({ entries }: { entries: readonly { message: string }[] }): number[] {
  return entries.map(({ message }) => Number(message));
}

/** Lines 9 to 2 in two pages; 7 and 6 share a second, as do 5 and 4: pages end in the midst of one. */
const TWO_PAGES = withOlder(withNewest(EMPTY, page(9, 5)), 'below 5', page(4, 2));

test('older lines stay, those of the time at which a page ends among them', () => {
  expect(numbers(TWO_PAGES)).toEqual([9, 8, 7, 6, 5, 4, 3, 2]);
  expect(TWO_PAGES.continuation).toBe('below 2');
});

test('no line vanishes between a newer first page and older ones', () => {
  const later = withNewest(withNewest(TWO_PAGES, page(11, 7)), page(13, 9));
  expect(numbers(later)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  expect(later.continuation).toBe('below 2');
});

test('where more happened than fits a page, what is beyond the gap is to be asked for again', () => {
  const later = withNewest(TWO_PAGES, page(20, 16));
  expect(numbers(later)).toEqual([20, 19, 18, 17, 16]);
  expect(later.continuation).toBe('below 16');
});

test('without older pages the newest takes the place of the one before', () => {
  const later = withNewest(withNewest(EMPTY, page(9, 5)), page(11, 7));
  expect(numbers(later)).toEqual([11, 10, 9, 8, 7]);
  expect(later.continuation).toBe('below 7');
});

test('a page that comes twice, or after a new beginning, changes nothing', () => {
  expect(withOlder(TWO_PAGES, 'below 5', page(4, 2))).toBe(TWO_PAGES);
  const anew = withNewest(TWO_PAGES, page(20, 16));
  expect(withOlder(anew, 'below 2', page(1, 1))).toBe(anew);
});

test('lines that are alike in all they say are all shown, under keys of their own', () => {
  const twice = [givenEntry(), givenEntry()];
  const seen = withNewest(EMPTY, { entries: twice, continuation: null });
  expect(seen.entries).toHaveLength(2);
  expect(new Set(keyed(seen.entries).map(([key]) => key)).size).toBe(2);
  const older = withOlder({ ...TWO_PAGES, entries: twice }, 'below 2', page(1, 1));
  expect(withNewest(older, { entries: twice, continuation: null }).entries).toHaveLength(3);
});
