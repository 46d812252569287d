import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package whose code is in the bundle. */
interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** The texts that its licence asks to pass on; a few packages hold none. */
  readonly texts: readonly string[];
}

const PACKAGE = /^(?<folder>(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const NOTICES = /^(licen[cs]e|copying|notice|thirdparty)/i;

/**
 * The licences of everything in bundles but this project's own code, as their metafiles and the installed
 * packages tell. `extra`: files that are passed on beside them. Rejects when a package names none.
 */
export async function noticesOf(
  root: string,
  metafiles: readonly Metafile[],
  extra: readonly string[],
): Promise<string> {
  const files = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(
    [...files, ...extra].flatMap((file) => PACKAGE.exec(file)?.groups?.['folder'] ?? []),
  );
  const packages = await Promise.all([...folders].map((folder) => describe(join(root, folder))));
  const chapters = packages
    .toSorted((left, right) => left.name.localeCompare(right.name, 'en'))
    .map(({ name, version, licence, texts }) => [`${name} ${version} (${licence})`, ...texts]);
  return chapters.map((texts) => texts.join('\n\n')).join(`\n\n${'-'.repeat(80)}\n\n`);
}

async function describe(folder: string): Promise<Bundled> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { name, version, license: licence } = manifest as Record<string, unknown>;
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && NOTICES.test(entry.name));
  if (typeof licence !== 'string') {
    throw new Error(`${folder}/package.json: expected the name of a licence, found none.`);
  }
  const texts = await Promise.all(
    files.map(({ name: file }) => readFile(join(folder, file), 'utf8')),
  );
  return {
    name: String(name),
    version: String(version),
    licence,
    texts: texts.map((text) => text.trim()),
  };
}
