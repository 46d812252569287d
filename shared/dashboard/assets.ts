import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** The page's own files. Nothing else is served, whatever a path says. */
const FILES = [
  'index.html',
  'icon.svg',
  'base.css',
  'frame.css',
  'fleet.css',
  'account.css',
  'dialog.css',
  'phone.css',
  'actions.js',
  'api.js',
  'app.js',
  'buttons.js',
  'detail.js',
  'dialog.js',
  'facts.js',
  'fleet.js',
  'fleetState.js',
  'format.js',
  'heading.js',
  'history.js',
  'historyPages.js',
  'keyless.js',
  'list.js',
  'pages.js',
  'signIn.js',
  'summary.js',
  'timeline.js',
  'timelineData.js',
  'topBar.js',
] as const;

/** The user interface library, under the name by which the page imports it. */
const LIBRARY = 'preact.js';

/** The file that `/api/dashboard` answers with. */
export const INDEX = 'index.html';

/** A static file of the dashboard. Holds no data of any account. */
export interface Asset {
  readonly body: Buffer;
  readonly contentType: string;
  /** Quoted, as the header wants it. */
  readonly etag: string;
}

const loaded = new Map<string, Promise<Asset>>();

/** The file of this name, read once for each process; undefined when the page has none such. */
export function assetNamed(name: string): Promise<Asset> | undefined {
  const path = pathOf(name);
  if (!path) return undefined;
  const asset = loaded.get(name) ?? load(path);
  loaded.set(name, asset);
  return asset;
}

/** Found beside this module, which is so both in the sources and in the built app. */
function pathOf(name: string): string | undefined {
  const page = join(import.meta.dirname, 'page');
  if (name === LIBRARY) {
    // The built app has no packages: the library lies among the page's own files there.
    const copied = join(page, LIBRARY);
    return existsSync(copied)
      ? copied
      : join(dirname(require.resolve('htm')), '../preact/standalone.module.js');
  }
  const file = FILES.find((each) => each === name);
  return file && join(page, file);
}

async function load(path: string): Promise<Asset> {
  const body = await readFile(path);
  const extension = path.slice(path.lastIndexOf('.') + 1) as keyof typeof TYPES;
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return { body, contentType: TYPES[extension], etag: `"${digest}"` };
}
