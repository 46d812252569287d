import { cp, mkdir, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';

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

/** Bundles the app, all functions in one minified module, with the dashboard's page beside it. */
export async function bundleApp(folder: string): Promise<Metafile> {
  const { metafile } = await build({
    ...PROGRAM,
    stdin: { contents: await entry(), resolveDir: ROOT },
    outfile: join(folder, 'app.mjs'),
    minify: true,
    sourcemap: true,
  });
  const page = join(folder, 'page');
  await mkdir(page, { recursive: true });
  await cp(join(ROOT, 'shared/dashboard/page'), page, { recursive: true });
  const htm = createRequire(import.meta.url).resolve('htm');
  await cp(join(dirname(htm), '../preact/standalone.module.js'), join(page, 'preact.js'));
  return metafile;
}

/** A module that imports every file of functions: each registers its own when it is imported. */
async function entry(): Promise<string> {
  const entries = await readdir(join(ROOT, 'functions'), { withFileTypes: true });
  const files = entries.filter((each) => each.isFile()).map(({ name }) => name);
  return files.map((name) => `import './functions/${name}';`).join('\n');
}
