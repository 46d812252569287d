import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Bug } from './planted/bugs.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const WORKER = new URL('./worker.ts', import.meta.url);

/** The simulation's worker with a bug in its production code, as a module of its own. */
export interface Bundle {
  readonly script: URL;
  remove(): Promise<void>;
}

/** The text of each file with the bug in it. Throws when a place is not found exactly once. */
export async function bugged(bug: Bug): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of [bug, ...(bug.also ?? [])]) {
    const path = resolve(PROJECT, file);
    const text = texts.get(path) ?? (await readFile(path, 'utf8'));
    const found = text.split(find).length - 1;
    if (found !== 1) {
      throw new Error(`${bug.name}: expected its place once in ${file}, found it ${found} times.`);
    }
    texts.set(
      path,
      text.replace(find, () => replace),
    );
  }
  return texts;
}

/** Bundles a worker with the bug, or as it is. */
export async function bundleWorker(bug?: Bug, worker = WORKER): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'twinkey-planted-'));
  const outfile = join(folder, 'worker.cjs');
  await build({
    entryPoints: [fileURLToPath(worker)],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
    plugins: bug ? [replacing(await bugged(bug))] : [],
  });
  return {
    script: pathToFileURL(outfile),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Bundles what `texts` has in the place of what the files have. */
function replacing(texts: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'planted-bug',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, (file) => {
        const contents = texts.get(file.path);
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
    },
  };
}
