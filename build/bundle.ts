import { cp, mkdir, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What a bundled program of this project has in common with every other. */
const PROGRAM = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.20',
  // Packages that are still CommonJS ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as $createRequire } from 'node:module';\nconst require = $createRequire(import.meta.url);",
  },
  // The Functions worker puts this module in place when it is asked for.
  external: ['@azure/functions-core'],
  inject: [fileURLToPath(new URL('commonJs.ts', import.meta.url))],
  legalComments: 'none',
  logLevel: 'error',
  metafile: true,
} as const satisfies BuildOptions;

/** Bundles programs of this project, each into one module `<name>.mjs` of a folder. */
export async function bundlePrograms(
  entryPoints: Readonly<Record<string, string>>,
  folder: string,
): Promise<void> {
  await build({ ...PROGRAM, entryPoints, outdir: folder, outExtension: { '.js': '.mjs' } });
}

/** The module that is imported late, and its name in the bundle. */
const LATE = { source: './shared/azure/telemetry/applicationInsights.ts', bundle: 'telemetry.mjs' };

/** Leaves the late module's import as one: the app's own module has nothing of it to read or parse. */
const leaveLate: Plugin = {
  name: 'leave late',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/applicationInsights\.ts$/ }, () => ({
      path: `./${LATE.bundle}`,
      external: true,
    })),
};

/**
 * Bundles the app: all functions in one minified module, beside it what they import only when it is
 * needed, the telemetry that is imported after the first invocation, and the dashboard's page. Returns
 * what went into it.
 */
export async function bundleApp(folder: string): Promise<Metafile[]> {
  const minified = { ...PROGRAM, minify: true, sourcemap: true } as const;
  const app = await build({
    ...minified,
    stdin: { contents: await entry(), resolveDir: ROOT },
    splitting: true,
    outdir: folder,
    entryNames: 'app',
    outExtension: { '.js': '.mjs' },
    plugins: [leaveLate],
  });
  const late = await build({
    ...minified,
    entryPoints: [LATE.source],
    outfile: join(folder, LATE.bundle),
  });
  const page = join(folder, 'page');
  await mkdir(page, { recursive: true });
  await cp(join(ROOT, 'shared/dashboard/page'), page, { recursive: true, filter: isServed });
  const htm = createRequire(import.meta.url).resolve('htm');
  await cp(join(dirname(htm), '../preact/standalone.module.js'), join(page, 'preact.js'));
  return [app.metafile, late.metafile];
}

/** The page's files but those for the type checker alone. */
function isServed(path: string): boolean {
  return !/(\.d\.ts|\btsconfig\.json)$/.test(path);
}

/** A module that imports every file of functions: each registers its own when it is imported. */
async function entry(): Promise<string> {
  const entries = await readdir(join(ROOT, 'functions'), { withFileTypes: true });
  const files = entries.filter((each) => each.isFile()).map(({ name }) => name);
  return files.map((name) => `import './functions/${name}';`).join('\n');
}
