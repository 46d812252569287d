/** `npm run package`: what is deployed as one file, `twinkey.zip`. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Zippable, zipSync } from 'fflate';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist');
const [file = join(root, 'twinkey.zip')] = process.argv.slice(2);

const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const files: Zippable = {};
for (const entry of entries.filter((each) => each.isFile())) {
  const path = join(entry.parentPath, entry.name);
  files[relative(folder, path)] = new Uint8Array(await readFile(path));
}
await writeFile(file, zipSync(files));
console.log(`${file}: ${Object.keys(files).length} files`);
