import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { makeClientPackage } from '../../build/clientPackage.ts';

const run = promisify(execFile);
const TSC = resolve('node_modules/typescript/bin/tsc');
const SIZE_LIMIT_BYTES = 25_000;

it('is small, and needs nothing but Azure and Node', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['shared/client/index.ts'],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    external: ['@azure/*'],
    write: false,
    metafile: true,
  });
  expect(outputFiles[0]?.contents.length).toBeLessThan(SIZE_LIMIT_BYTES);
  const [output] = Object.values(metafile.outputs);
  const imported = new Set(output?.imports.map(({ path }) => path));
  expect([...imported].sort()).toEqual(['@azure/keyvault-secrets', 'node:crypto']);
  const { files } = JSON.parse(await readFile('package.json', 'utf8')) as { files: string[] };
  const packed = Object.keys(metafile.inputs).map((source) => files.filter(holds(source)));
  expect(packed.filter((folders) => folders.length !== 1)).toEqual([]);
});

/** Whether what is packed from a folder has what the source is built to. */
function holds(source: string): (folder: string) => boolean {
  return (folder) => `lib/${source}`.startsWith(`${folder}/`);
}

it('is exported with its types, which fit official clients and the examples of the README', async () => {
  const folder = await givenApp();
  await writeSnippets(folder);
  const types = await readFile('test/client/published/assignability.ts', 'utf8');
  const published = types.replace('../../../shared/client/index.ts', 'twinkey/client');
  await writeFile(join(folder, 'assignability.ts'), published);
  await compile(folder, {});
  const list = "import * as client from 'twinkey/client'; console.log(Object.keys(client).join())";
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', list], {
    cwd: folder,
  });
  expect(stdout.trim().split(',')).toEqual([
    'COGNITIVE_SERVICES_SCOPE',
    'KEY_HEADER',
    'TokenError',
    'eventGridHandler',
    'freshKeyPolicy',
    'httpTriggerHandler',
    'rotatingKey',
    'tokenCredential',
    'webhookHandler',
    'withFreshKey',
  ]);
});

it('is packed alone, with its own two dependencies and examples that it can be used by', async () => {
  const folder = join(await givenApp(), 'node_modules', 'twinkey');
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  expect(Object.keys(manifest.dependencies)).toEqual([
    '@azure/core-auth',
    '@azure/keyvault-secrets',
  ]);
  expect(Object.values(manifest.dependencies).every(Boolean)).toBe(true);
  expect(manifest.private).toBeUndefined();
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: folder });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const modules = (await readdir('shared/client')).map((name) => name.replace('.ts', '.js'));
  expect(files.map(({ path }) => path).filter((path) => /\.(js|json)$/.test(path))).toEqual(
    [...modules.map((name) => `client/${name}`), 'core/events.js', 'package.json'].sort(),
  );
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  expect(readme).not.toMatch(/\]\((?!https:)/);
  expect(readme.match(/^```ts/gm)?.length).toBeGreaterThanOrEqual(7);
});

/** A folder in which the built client is installed as a package, beside what apps have. */
async function givenApp(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'twinkey-app-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const modules = join(folder, 'node_modules');
  const outDir = join(folder, 'lib');
  await mkdir(modules, { recursive: true });
  for (const name of ['@azure', '@types']) {
    await symlink(resolve('node_modules', name), join(modules, name));
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const include = [resolve('shared/client')];
  await compile(folder, { noEmit: false, rootDir: resolve('.'), outDir }, include);
  await makeClientPackage(resolve('.'), outDir, join(modules, 'twinkey'));
  return folder;
}

/** Compiles by this project's own settings. The compiler's complaints become the error's message. */
async function compile(folder: string, options: object, include?: string[]): Promise<void> {
  const compilerOptions = { noEmit: true, declaration: true, rootDir: folder, ...options };
  const config = {
    extends: resolve('tsconfig.json'),
    compilerOptions,
    include: include ?? ['*.ts'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await run(process.execPath, [TSC, '-p', folder]).catch(({ stdout, stderr }) => {
    throw new Error(stdout || stderr);
  });
}

/** Each example of the chapter "Apps" in a file of its own; a first line may name it. */
async function writeSnippets(folder: string): Promise<void> {
  const readme = await readFile('README.md', 'utf8');
  const chapter = readme.split(/^## /m).find((text) => text.startsWith('Apps\n')) ?? '';
  const snippets = [...chapter.matchAll(/^```ts\n(?:\/\/ (?<name>[\w.]+)\n)?(?<code>.*?)^```$/gms)];
  expect(snippets.length).toBeGreaterThanOrEqual(7);
  for (const [index, { groups }] of snippets.entries()) {
    await writeFile(join(folder, groups?.['name'] ?? `example${index}.ts`), groups?.['code'] ?? '');
  }
}
