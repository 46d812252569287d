import { parseArgs } from 'node:util';

/** What the person who types `npm start` may choose. */
export interface DemoOptions {
  /** End after every account has rotated completely. */
  once: boolean;
  /** Print the result as one JSON object on the last line. */
  json: boolean;
  /** Have the simulated Azure throttle, fail, lose answers and drop connections. */
  faults: boolean;
  /** The HTTP API's port. */
  port: number;
  /** The simulated Azure's port; 0 = any free one. */
  azurePort: number;
}

/** What was typed cannot be understood; the message says what was expected. */
export class UsageError extends Error {}

export const USAGE = `Usage: npm start -- [options]

Runs Twinkey on this machine: a simulated Azure with demo accounts, the real service, and two apps
that call the accounts without pause while their keys are rotated, about one rotation a minute.

  --once             end after every account has rotated completely; exit code 0 only if no request
                     failed and every old key is dead
  --json             with --once: print the result as one JSON object on the last line
  --faults           have Azure throttle, fail, lose answers and drop connections
  --port <n>         port of the HTTP API (default 7071; 0: any free one)
  --azure-port <n>   port of the simulated Azure (default 0: any free one)
  --help             print this

Ctrl-C ends it and leaves nothing behind.`;

const OPTIONS = {
  once: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  faults: { type: 'boolean', default: false },
  port: { type: 'string', default: '7071' },
  'azure-port': { type: 'string', default: '0' },
  help: { type: 'boolean', default: false },
} as const;

/** The options, or `help`. Throws {@link UsageError}. */
export function parseOptions(args: string[]): DemoOptions | 'help' {
  const values = parseValues(args);
  if (values.help) return 'help';
  const { once, json, faults } = values;
  if (json && !once) throw new UsageError('--json: expected together with --once.');
  const port = parsePort('--port', values.port);
  const azurePort = parsePort('--azure-port', values['azure-port']);
  if (port !== 0 && port === azurePort) {
    throw new UsageError(`--azure-port: expected another port than --port, found ${port} twice.`);
  }
  return { once, json, faults, port, azurePort };
}

function parseValues(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parsePort(option: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`${option}: expected a port from 0 to 65535, found '${text}'.`);
}
