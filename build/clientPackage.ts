import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** All that the client needs of others; its versions are those of the service. */
const DEPENDENCIES = ['@azure/core-auth', '@azure/keyvault-secrets'] as const;

/** What the client takes from the core at run time. */
const CORE_FILES = ['events.js', 'events.js.map'] as const;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/**
 * Makes a package of the client alone in `folder`, which is emptied before: `twinkey/client`, as the
 * service's own package exports it, without the service and what that depends on. `root` is this
 * project's folder, `built` what the compiler made of it. Rejects when something of it is missing.
 */
export async function makeClientPackage(
  root: string,
  built: string,
  folder: string,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'core'), { recursive: true });
  await cp(join(built, 'shared/client'), join(folder, 'client'), { recursive: true });
  for (const file of CORE_FILES) {
    await cp(join(built, 'shared/core', file), join(folder, 'core', file));
  }
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifestOf(manifest), null, 2));
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  await writeFile(join(folder, 'README.md'), readmeOf(readme));
}

function manifestOf({ name, version, license, type, engines, dependencies }: Manifest) {
  const description = 'A key of an Azure AI services account that follows its Key Vault secret.';
  const exports = {
    './client': { types: './client/index.d.ts', default: './client/index.js' },
  };
  const own = Object.fromEntries(DEPENDENCIES.map((each) => [each, dependencies[each]]));
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    exports,
    files: ['client', 'core'],
    dependencies: own,
  };
}

/** The part of the chapter "Apps" that is about using the client, not about getting it. */
function readmeOf(readme: string): string {
  const chapter = readme.split(/^## /m).find((text) => text.startsWith('Apps\n')) ?? '';
  const [from, to] = [
    chapter.indexOf('**A key for official clients.**'),
    chapter.indexOf('**As a'),
  ];
  if (from < 0 || to < from) throw new Error('README.md: expected the chapter "Apps".');
  return `# twinkey/client\n\n${chapter.slice(from, to).trim()}\n`;
}
