import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Bug } from './planted/bugs.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** The simulation's worker with a bug in its production code, as a module of its own. */
export interface Bundle {
  readonly script: URL;
  remove(): Promise<void>;
}

/** The text of a file with the bug in it. Throws when the place is not found exactly once. */
export async function bugged({ name, file, find, replace }: Bug): Promise<string> {
  const text = await readFile(join(PROJECT, file), 'utf8');
  const found = text.split(find).length - 1;
  if (found === 1) return text.replace(find, () => replace);
  throw new Error(`${name}: expected its place once in ${file}, found it ${found} times.`);
}

/** Bundles the worker with the bug, or as it is. */
export async function bundleWorker(bug?: Bug): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'twinkey-planted-'));
  const outfile = join(folder, 'worker.cjs');
  await build({
    entryPoints: [WORKER],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
    plugins: bug ? [replacing(bug)] : [],
  });
  return {
    script: pathToFileURL(outfile),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function replacing(bug: Bug): Plugin {
  const path = resolve(PROJECT, bug.file);
  return {
    name: 'planted-bug',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async (file) =>
        file.path === path ? { contents: await bugged(bug), loader: 'ts' } : undefined,
      );
    },
  };
}
