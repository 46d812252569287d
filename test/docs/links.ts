import { existsSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** The links of a page, by its path from the root, that lead to files of the project. */
export function linksOf(path: string): string[] {
  const links = [...withoutCode(read(path)).matchAll(/\]\(([^)\s]+)\)/g)];
  return links.map(([, link = '']) => link).filter((link) => !/^https?:/.test(link));
}

/** Those of them that lead to no file, or to no heading of a page. */
export function brokenLinksOf(path: string): string[] {
  return linksOf(path).filter((link) => {
    const [file = '', anchor] = link.split('#');
    const target = file ? new URL(file, new URL(path, ROOT)) : new URL(path, ROOT);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
  });
}

/** The names that GitHub gives to a page's headings: a second one of a name gets a number. */
function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutCode(markdown).matchAll(/^#{1,6} (.*)$/gm)].map(([, title = '']) => {
    const name = title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-');
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
}

/** A `#` in a block of code is a comment. */
function withoutCode(markdown: string): string {
  return markdown.replace(/^ *```[\s\S]*?^ *```$/gm, '');
}

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}
