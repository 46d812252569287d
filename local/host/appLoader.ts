import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionsCore, RegisteredFunction } from './functionsCore.ts';
import { errorText, HostError } from './hostError.ts';

/**
 * Imports every file that matches the pattern, runs the app's start hooks and answers the functions
 * that it registered. Azure's worker starts an app whose import throws with no functions at all and
 * says so in a warning only; here that is an error.
 */
export async function loadApp(
  pattern: string,
  directory: string,
  core: FunctionsCore,
): Promise<RegisteredFunction[]> {
  const files = await matchingFiles(pattern, directory);
  if (files.length === 0) {
    throw new HostError(`--app: expected a pattern that matches files, found none for ${pattern}.`);
  }
  for (const file of files) {
    try {
      await import(pathToFileURL(file).href);
    } catch (error) {
      if (error instanceof HostError) throw error;
      throw new HostError(`${file} failed while it was imported: ${errorText(error)}`);
    }
  }
  await core.runHooks('appStart', {
    hookData: {},
    appHookData: core.appHookData,
    functionAppDirectory: directory,
  });
  await core.model.getCapabilities({});
  return core.seal();
}

async function matchingFiles(pattern: string, directory: string): Promise<string[]> {
  const absolute = path.resolve(directory, pattern).split(path.sep).join('/');
  const literal = absolute.slice(0, absolute.search(/[*{]|$/));
  const root = literal.slice(0, literal.lastIndexOf('/') + 1);
  const matcher = globMatcher(absolute);
  const isDeep = absolute.slice(root.length).includes('/');
  const entries = await readdir(root, { recursive: isDeep }).catch(() => []);
  return entries
    .map((entry) => root + entry.split(path.sep).join('/'))
    .filter((file) => matcher.test(file))
    .sort();
}

/** Knows `**`, `*` and `{a,b}`: what `main` in a Functions app's package.json uses in practice. */
function globMatcher(glob: string): RegExp {
  const source = glob
    .replace(/[.?+^$()|[\]\\]/g, '\\$&')
    .replace(/\{([^{}]*)\}/g, (_match, options: string) => `(?:${options.replaceAll(',', '|')})`)
    .replace(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${source}$`);
}
