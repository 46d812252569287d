import { UsageError } from './errors.ts';
import type { World } from './world.ts';

/** Where `npm start` and the Functions tools listen. */
export const DEFAULT_URL = 'http://127.0.0.1:7071/api';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Where the service is, and what opens it. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly functionKey: string | undefined;
}

/** What may be typed about it. */
export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** From options, else from the environment. Throws {@link UsageError}; never names the key. */
export function connectionOf(options: ConnectionOptions, world: World): Connection {
  const url = parseUrl(options.url ?? (world.environment['TWINKEY_URL'] || DEFAULT_URL));
  const functionKey = readKey(options.keyFile, world);
  if (functionKey && url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    const found = `http to ${url.hostname}`;
    throw new UsageError(`--url: expected https, as a function key is sent along, found ${found}.`);
  }
  return { url: url.href.replace(/\/+$/, ''), functionKey };
}

function parseUrl(text: string): URL {
  const example = "such as 'https://my-app.azurewebsites.net/api'";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.username || url?.password || url?.search || url?.hash) {
    throw new UsageError(
      `--url: expected an address ${example}, found one with a name, a password or a query. ` +
        'Give the function key by TWINKEY_FUNCTION_KEY or --key-file.',
    );
  }
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(`--url: expected an address ${example}, found '${text}'.`);
}

function readKey(file: string | undefined, world: World): string | undefined {
  if (file === undefined) return checked(world.environment['TWINKEY_FUNCTION_KEY'] || undefined);
  try {
    return checked(world.readFile(file).trim());
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'an error';
    throw new UsageError(`--key-file: expected a file that can be read, found ${code}.`);
  }
}

/** What a header cannot carry would end up in an error message. */
function checked(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]+$/.test(key)) return key;
  const expected = 'expected a line of letters, digits and signs';
  throw new UsageError(`The function key: ${expected}, found other characters or none.`);
}
