import { readFileSync } from 'node:fs';

/** A file of the project, by its path from the root. */
export function readProjectFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

const SNIPPET = /<!-- (?<path>[\w./-]+)(#(?<region>\w+))? -->\n```(?<language>\w+)\n[\s\S]*?```/g;

/** The page with each snippet as the file has it that the comment above the snippet names. */
export function withSnippets(page: string): string {
  return page.replace(SNIPPET, (...match) => {
    const { path, region, language } = match.at(-1) as Record<string, string | undefined>;
    const text = region ? regionOf(String(path), region) : readProjectFile(String(path));
    const name = region ? `${path}#${region}` : path;
    return `<!-- ${name} -->\n\`\`\`${language}\n${text.trim()}\n\`\`\``;
  });
}

/** What stands between `region {name}` and the next `endregion`, moved to the left margin. */
function regionOf(path: string, region: string): string {
  const begin = new RegExp(`^( *)(?://|#) region ${region}\n`, 'm');
  const [, indentation = '', ...rest] = readProjectFile(path).split(begin);
  const [body] = rest.join('').split(/^ *(?:\/\/|#) endregion$/m);
  if (!body) throw new Error(`Expected ${path} to have a region ${region}.`);
  return body.replace(new RegExp(`^${indentation}`, 'gm'), '');
}
