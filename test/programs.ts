import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleApp, bundlePrograms } from '../build/bundle.ts';

/** Started as processes by tests, some of them many times. */
const PROGRAMS = ['local/host/main', 'local/apps/eventApp', 'local/apps/pollApp'];

/** Functions apps to try the host with. */
const FIXTURES = ['binding', 'duplicate', 'http', 'throwing', 'timers', 'triggers'].map(
  (name) => `test/local/host/fixtures/${name}/app`,
);

/**
 * Bundles the app, as it is deployed, and the programs: from bundles they start in a fifth of the time.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'twinkey-programs-'));
  const names = [...PROGRAMS, ...FIXTURES];
  const entryPoints = Object.fromEntries(names.map((name) => [name, `${name}.ts`]));
  await Promise.all([bundlePrograms(entryPoints, folder), bundleApp(folder)]);
  process.env['LOCAL_PROGRAMS'] = folder;
  return () => rm(folder, { recursive: true });
}

/** A file or folder of the bundles. */
export function bundled(path: string): string {
  const folder = process.env['LOCAL_PROGRAMS'];
  if (!folder) throw new Error('nothing is bundled: see vitest.config.ts');
  return join(folder, path);
}
