/** A place where a key must not be, with all the text found there. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

/** Names of the places that hold one of the keys, plain or as part of something in base64. */
export function placesWithKeys(places: readonly Place[], keys: readonly string[]): string[] {
  const forms = keys.flatMap(searchForms);
  return places
    .filter(({ text }) => forms.some((form) => text.includes(form)))
    .map(({ name }) => name);
}

/**
 * A key as it is, and as it looks within base64: there are three forms, by where it begins in a
 * group of three bytes. Characters that depend on its neighbours are cut off.
 */
function searchForms(key: string): string[] {
  const encoded = [0, 1, 2].map((offset) => {
    const text = Buffer.from(' '.repeat(offset) + key)
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(Math.ceil((offset * 8) / 6), -1);
  });
  return [key, ...encoded];
}
