import { parseArgs } from 'node:util';
import { UsageError } from '../demo/options.ts';
import { EXAMPLES, type Example } from './catalogue.ts';

/** What the person who types `npm run example` may choose. */
export interface LauncherOptions {
  readonly example: Example;
  /** 0: any free one. */
  readonly port: number;
  /** The API of the service to use; undefined: that of the one that runs. */
  readonly url: string | undefined;
}

const NAMES = EXAMPLES.map(({ name }) => name).join(' | ');

export const USAGE = `Usage: npm run example -- <${NAMES}> [options]

Runs an example of examples/typescript against the service that 'npm start' runs in another terminal.

  --port <n>     port of the example (default 0: any free one)
  --url <url>    the service's HTTP API, where several run
  --help         print this

Ctrl-C ends it.`;

/** The options, or `help`. Throws a `UsageError`. */
export function parseOptions(args: string[]): LauncherOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [name, ...more] = positionals;
  const example = EXAMPLES.find((each) => each.name === name);
  if (!example || more.length > 0) {
    throw new UsageError(`Expected one of ${NAMES}, found '${positionals.join(' ')}'.`);
  }
  const { port, url } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--port: expected a port from 0 to 65535, found '${port}'.`);
  }
  return { example, port: Number(port), url: url?.replace(/\/+$/, '') };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        port: { type: 'string', default: '0' },
        url: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
