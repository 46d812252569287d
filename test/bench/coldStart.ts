import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROBE = fileURLToPath(new URL('./probe.mjs', import.meta.url));

/**
 * Medians over fresh processes: from the first import until every function is registered, and, as
 * `…ServiceMs`, until the first invocation has read all that it works with, too.
 */
export interface ColdStart {
  readonly bundleMs: number;
  readonly unbundledMs: number;
  readonly functionsOnlyMs: number;
  readonly bundleServiceMs: number;
  readonly unbundledServiceMs: number;
  readonly bundleRssMb: number;
  readonly unbundledRssMb: number;
  readonly functions: number;
  readonly telemetryLoaded: boolean;
  /** Bundle against unbundled: at most 0.35 is wanted. */
  readonly ofUnbundled: number;
  /** Bundle against `@azure/functions` alone: at most 3 is wanted. */
  readonly ofFunctionsOnly: number;
  /** The same with the service read. */
  readonly ofUnbundledService: number;
  readonly processes: number;
}

/** What one process said of its imports. */
interface Probed {
  readonly ms: number;
  readonly rssMb: number;
  readonly functions: number;
  readonly telemetryLoaded: boolean;
}

/** Imports in turn, so that a busy moment of the machine falls on all alike. Builds first. */
export async function coldStart(processes: number): Promise<ColdStart> {
  await run('npm', ['run', 'build'], { cwd: ROOT });
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], { cwd: ROOT });
  const files = await readdir(join(ROOT, 'lib/functions'));
  const unbundled = files
    .filter((file) => file.endsWith('.js'))
    .map((file) => `lib/functions/${file}`);
  const built = await readdir(join(ROOT, 'dist'));
  const service = built.filter((file) => /^service-\w+\.mjs$/.test(file));
  const ways = [
    ['dist/app.mjs'],
    unbundled,
    ['node_modules/@azure/functions/dist/azure-functions.js'],
    ['dist/app.mjs', ...service.map((file) => `dist/${file}`)],
    [...unbundled, 'lib/shared/azure/service.js'],
  ];
  const probed: Probed[][] = ways.map(() => []);
  // The first of each warms the disk and does not count.
  for (let count = 0; count <= processes; count++) {
    for (const [index, way] of ways.entries()) {
      const said = await probe(way);
      if (count > 0) probed[index]?.push(said);
    }
  }
  const [bundle = [], sources = [], alone = [], bundleService = [], sourcesService = []] = probed;
  const msOf = (all: readonly Probed[]) => median(all.map(({ ms }) => ms));
  const [bundleMs, unbundledMs, functionsOnlyMs] = [msOf(bundle), msOf(sources), msOf(alone)];
  const [bundleServiceMs, unbundledServiceMs] = [msOf(bundleService), msOf(sourcesService)];
  return {
    bundleMs,
    unbundledMs,
    functionsOnlyMs,
    bundleServiceMs,
    unbundledServiceMs,
    bundleRssMb: median(bundle.map(({ rssMb }) => rssMb)),
    unbundledRssMb: median(sources.map(({ rssMb }) => rssMb)),
    functions: bundle[0]?.functions ?? 0,
    telemetryLoaded: bundle.some(({ telemetryLoaded }) => telemetryLoaded),
    ofUnbundled: ratio(bundleMs, unbundledMs),
    ofFunctionsOnly: ratio(bundleMs, functionsOnlyMs),
    ofUnbundledService: ratio(bundleServiceMs, unbundledServiceMs),
    processes,
  };
}

/** Telemetry is wanted, as in production, and must not be on the way all the same. */
const env = {
  ...process.env,
  APPLICATIONINSIGHTS_CONNECTION_STRING:
    'InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://127.0.0.1/',
};

async function probe(files: readonly string[]): Promise<Probed> {
  const urls = files.map((file) => pathToFileURL(join(ROOT, file)).href);
  const { stdout } = await run(process.execPath, [PROBE, ...urls], { env });
  return JSON.parse(stdout) as Probed;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) * 10) / 10;
}

function ratio(part: number, whole: number): number {
  return Math.round((part / whole) * 100) / 100;
}
