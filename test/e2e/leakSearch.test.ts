import { expect, it } from 'vitest';
import { placesWithKeys } from './leakSearch.ts';

it('the search for keys finds them in whatever form', () => {
  const key = '0123456789abcdef0123456789abcdef';
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const places = ['', '"', '{"', '{"a', 'abcd'].flatMap((before) => [
    { name: `plain after ${before}`, text: `${before}${key}"}` },
    { name: `base64 after ${before}`, text: base64(`${before}${key}"}`) },
  ]);
  const clean = { name: 'clean', text: base64('nothing of the kind') };
  expect(placesWithKeys([...places, clean], [key])).toEqual(places.map(({ name }) => name));
});
