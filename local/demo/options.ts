import { parseArgs } from 'node:util';

/** What the person who types `npm start` may choose. */
export interface DemoOptions {
  /** End after every account has rotated completely. */
  once: boolean;
  /** Print the result as one JSON object, and nothing else, to stdout. */
  json: boolean;
  /** Have the simulated Azure throttle, fail, lose answers and drop connections. */
  faults: boolean;
  /** Run what `npm run build` made instead of the sources. */
  bundle: boolean;
  /** The HTTP API's port; 0: any free one. */
  port: number;
  /** The simulated Azure Resource Manager's port; 0: any free one. */
  armPort: number;
  /** The simulated Key Vault's port; 0: any free one. */
  vaultPort: number;
}

/** What was typed cannot be understood; the message says what was expected. */
export class UsageError extends Error {}

export const USAGE = `Usage: npm start -- [options]

Runs Twinkey on this machine: a simulated Azure with demo accounts, the real service, and two apps
that call the accounts without pause while their keys are rotated, about one rotation a minute.

  --once             end after every account has rotated completely; exit code 0 only if no request
                     failed and every old key is dead
  --json             with --once: print the result as one JSON object on the last line of stdout;
                     all else goes to stderr
  --faults           have Azure throttle, fail, lose answers and drop connections
  --bundle           run what 'npm run build' has put into dist/, as it is deployed
  --port <n>         port of the HTTP API (default 7071; 0: any free one)
  --arm-port <n>     port of the simulated Azure Resource Manager (default 0: any free one)
  --vault-port <n>   port of the simulated Key Vault (default 0: any free one)
  --help             print this

Ctrl-C ends it and leaves nothing behind.`;

const OPTIONS = {
  once: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  faults: { type: 'boolean', default: false },
  bundle: { type: 'boolean', default: false },
  port: { type: 'string', default: '7071' },
  'arm-port': { type: 'string', default: '0' },
  'vault-port': { type: 'string', default: '0' },
  help: { type: 'boolean', default: false },
} as const;

/** The options, or `help`. Throws {@link UsageError}. */
export function parseOptions(args: string[]): DemoOptions | 'help' {
  const values = parseValues(args);
  if (values.help) return 'help';
  const { once, json, faults, bundle } = values;
  if (json && !once) throw new UsageError('--json: expected together with --once.');
  const port = parsePort('--port', values.port);
  const armPort = parsePort('--arm-port', values['arm-port']);
  const vaultPort = parsePort('--vault-port', values['vault-port']);
  const chosen = [port, armPort, vaultPort].filter((each) => each !== 0);
  const twice = chosen.find((each, index) => chosen.indexOf(each) !== index);
  if (twice) throw new UsageError(`Expected every port to be another one, found ${twice} twice.`);
  return { once, json, faults, bundle, port, armPort, vaultPort };
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
