/** `npm run pack:client -- <folder>`: a package of the client alone, for `npm install` or a registry. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeClientPackage } from './clientPackage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = `${root}lib`;
const folder = `${built}/package`;
const [destination = '.'] = process.argv.slice(2);

await makeClientPackage(root, built, folder);
execFileSync('npm', ['pack', folder, '--pack-destination', destination], { stdio: 'inherit' });
