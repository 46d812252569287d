import { describe, expect, it } from 'vitest';
import { type Column, fitColumns } from '../../../local/demo/columns.ts';

const COLUMNS: readonly Column[] = [
  { head: 'name', width: 10, dispensable: 0 },
  { head: 'kind', width: 8, dispensable: 2 },
  { head: 'reason', width: 20, leastWidth: 6, dispensable: 1 },
  { head: 'count', width: 5, dispensable: 0 },
];

describe('fitColumns', () => {
  it.each([
    ['all of their full width where nobody counts', Number.POSITIVE_INFINITY, [10, 8, 20, 5]],
    ['all of their full width where that just fits', 49, [10, 8, 20, 5]],
    ['one narrower where a character is missing', 48, [10, 8, 19, 5]],
    ['all where the least widths just fit', 35, [10, 8, 6, 5]],
    ['without the first to go where they do not', 34, [10, undefined, 15, 5]],
    ['without the next where that is not enough', 24, [10, undefined, undefined, 5]],
    ['no fewer than those that stay to the end', 3, [10, undefined, undefined, 5]],
  ])('leaves %s', (_what, width, expected) => {
    const fitted = fitColumns(COLUMNS, width);
    expect(COLUMNS.map(({ head }) => fitted.find((column) => column.head === head)?.width)).toEqual(
      expected,
    );
  });
});
