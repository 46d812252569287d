import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A program, by its file's name in this folder without the ending. */
type Program = 'host/main' | 'apps/eventApp' | 'apps/pollApp';

const TYPESCRIPT = ['--import', import.meta.resolve('tsx')];

/**
 * Node's arguments to start a program in a process of its own: from its source, or, where the variable
 * `LOCAL_PROGRAMS` names a folder with bundles, from there, which takes a fifth of the time.
 * `importsTypeScript`: whether it will import such files while it runs.
 */
export function startOf(program: Program, { importsTypeScript }: { importsTypeScript: boolean }) {
  const bundles = process.env['LOCAL_PROGRAMS'];
  if (!bundles) {
    return [...TYPESCRIPT, fileURLToPath(new URL(`./${program}.ts`, import.meta.url))];
  }
  return [...(importsTypeScript ? TYPESCRIPT : []), join(bundles, 'local', `${program}.mjs`)];
}
