import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const TSX = ['--import', 'tsx'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinkey-build-'));
  await run(process.execPath, [...TSX, 'build/main.ts', folder]);
});
afterAll(() => rm(folder, { recursive: true }));

const built = (file: string) => readFile(join(folder, file), 'utf8');

/** All that is read when the app starts: its module and what that imports at once. */
async function readAtStart(): Promise<string> {
  const modules = new Map<string, string>();
  const waiting = ['app.mjs'];
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    if (modules.has(file)) continue;
    const text = await built(file);
    modules.set(file, text);
    waiting.push(
      ...[...text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, name = '']) => name),
    );
  }
  expect(modules.size).toBeGreaterThan(1);
  return [...modules.values()].join('\n');
}

it('is all that a function app needs: nothing is to be installed or built', async () => {
  const manifest = JSON.parse(await built('package.json'));
  expect(Object.keys(manifest)).toEqual(['name', 'version', 'private', 'license', 'type', 'main']);
  expect(manifest.type).toBe('module');
  expect(await built('host.json')).toBe(await readFile('host.json', 'utf8'));
  const { metafile } = await build({
    entryPoints: [join(folder, manifest.main)],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const foreign = imports
    .map(({ path }) => path.replace(/^node:/, ''))
    .filter((name) => !builtinModules.includes(name));
  // What it requires while it runs is not there either where end-to-end tests start it.
  expect(foreign).toEqual([]);
});

it('has every file of the dashboard, its library among them', async () => {
  const source = await readdir('shared/dashboard/page');
  const served = source.filter((name) => !/\.d\.ts$|^tsconfig/.test(name));
  expect(served.length).toBeGreaterThan(20);
  expect((await readdir(join(folder, 'page'))).sort()).toEqual([...served, 'preact.js'].sort());
});

/** Where a text is in the bundle, as a stack would name it. */
async function placeOf(sign: string): Promise<string> {
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.mjs'))) {
    const lines = (await built(file)).split('\n');
    const line = lines.findIndex((text) => text.includes(sign));
    if (line >= 0) return `${file}:${line + 1}:${(lines[line] ?? '').indexOf(sign) + 1}`;
  }
  throw new Error(`${sign} is in no module`);
}

it('leads from a place in a stack to the source by the command of the runbook', async () => {
  const runbook = await readFile('docs/runbook.md', 'utf8');
  const script = /^node -e "([^"]+)" app\.mjs:3:\d+$/m.exec(runbook)?.[1] ?? '';
  const sign = 'Telemetry is off, as it could not';
  const place = await placeOf(sign);
  const here = script.replace("'dist/'", `'${folder}/'`);
  const { stdout } = await run(process.execPath, ['-e', here, place]);
  expect(stdout).toContain('shared/azure/telemetry/recorder.ts');
  const number = Number(/lineNumber: (\d+)/.exec(stdout)?.[1]);
  const source = (await readFile('shared/azure/telemetry/recorder.ts', 'utf8')).split('\n');
  expect(source[number - 1]).toContain(sign);
});

it('tells no path of the machine that it was built on', async () => {
  const modules = (await readdir(folder)).filter((file) => file.endsWith('.mjs'));
  expect(modules.length).toBeGreaterThan(2);
  for (const file of modules) {
    const map = JSON.parse(await built(`${file}.map`)) as { sources: string[] };
    const places = map.sources.filter(
      (source) => source.startsWith('/') || source.includes(tmpdir()),
    );
    expect(places).toEqual([]);
    expect(await built(file)).not.toContain(process.cwd());
  }
});

it('has what a start does not need in modules of their own', async () => {
  const [start, telemetry] = await Promise.all([readAtStart(), built('telemetry.mjs')]);
  const sign = 'APPLICATION_INSIGHTS_NO_STATSBEAT';
  expect(telemetry.includes(sign)).toBe(true);
  const signOf = {
    telemetry: sign,
    calendars: 'BEGIN:VCALENDAR',
    '@azure/storage-queue': 'QueueMessagesList',
    '@azure/arm-cognitiveservices': 'Microsoft.CognitiveServices/accounts/{',
    '@azure/identity': 'ClientSecretCredential',
    'the languages of zod': 'Ugyldig',
  };
  for (const [name, text] of Object.entries(signOf)) {
    expect(start.includes(text), name).toBe(false);
  }
  const late = [...start.matchAll(/import\("\.\/(\w+)[^"]*\.mjs"\)/g)].map(([, name]) => name);
  expect(late).toEqual(expect.arrayContaining(['service', 'calendar', 'telemetry']));
});

it('passes on the licence of each package that is in it', async () => {
  const notices = await built('THIRD-PARTY-NOTICES.txt');
  const named = [...notices.matchAll(/^(\S+) \d+\.\d+\.\d+\S* \((.+)\)$/gm)];
  const names = named.map(([, name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['@azure/functions', 'applicationinsights', 'htm', 'luxon', 'zod']),
  );
  expect(names).not.toContain('vitest');
  expect(notices).toContain('Permission is hereby granted');
});
