/** `npm run build`: everything that is deployed, in `dist/`, complete: nothing is to be built in Azure. */
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleApp } from './bundle.ts';
import { noticesOf } from './notices.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder = join(root, 'dist')] = process.argv.slice(2);

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const metafiles = await bundleApp(folder);
await copyFile(join(root, 'host.json'), join(folder, 'host.json'));
await copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'));
await writeFile(join(folder, 'package.json'), await manifest());
// The page's library is in no bundle but beside them.
const notices = await noticesOf(root, metafiles, ['node_modules/htm/preact']);
await writeFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), notices);

const modules = (await readdir(folder)).filter((file) => file.endsWith('.mjs'));
const sizes = await Promise.all(modules.map(async (file) => (await stat(join(folder, file))).size));
const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1_000_000;
console.log(
  `${relative(process.cwd(), folder)}: ${modules.length} modules of ${megabytes.toFixed(1)} MB, complete.`,
);

/** What the Functions host has to know: where the app begins, and that there is nothing to install. */
async function manifest(): Promise<string> {
  const { name, version, license, type } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  ) as Record<string, string>;
  return `${JSON.stringify({ name, version, private: true, license, type, main: 'app.mjs' }, null, 2)}\n`;
}
