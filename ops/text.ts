/**
 * What a terminal would act on instead of showing it: control characters, line and paragraph
 * separators, and marks that turn the direction of writing. Reasons and names are written by people.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** One line of text from outside, safe on a terminal: what is not printable shows as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Like {@link printable}, of text whose line breaks are its form. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE, (mark) => (/[\r\n\t]/.test(mark) ? mark : escaped(mark)));
}

/** JSON for people and scripts. Escapes are JSON's own, so that nothing is lost. */
export function json(value: unknown): string {
  return printableLines(JSON.stringify(value, null, 2));
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
