import { describe, expect, it } from 'vitest';
import { pages } from '../../shared/azure/calls.ts';
import { all } from './fixtures.ts';

/** A list of `count` pages of one item each. */
function givenList(count: number) {
  return {
    byPage: () =>
      (async function* () {
        for (let page = 1; page <= count; page++) yield [page];
      })(),
  };
}

describe('a paged list', () => {
  it('is streamed as a whole up to the limit', async () => {
    expect(await all(pages(20_000, 'list', 3, givenList(3)))).toEqual([1, 2, 3]);
  });

  it('past the limit fails after the pages that it allows', async () => {
    const seen: number[] = [];
    const listing = (async () => {
      for await (const item of pages(20_000, 'list', 3, givenList(4))) seen.push(item);
    })();
    await expect(listing).rejects.toMatchObject({ name: 'Failure', kind: 'invalid' });
    expect(seen).toEqual([1, 2, 3]);
  });
});
