import { parseArgs } from 'node:util';
import { UsageError } from '../demo/options.ts';
import { ROTATABLE } from '../demo/scenario.ts';
import { EXAMPLES, type Example } from './catalogue.ts';
import type { OwnApp } from './ownApp.ts';

/** What the person who types `npm run example` may choose. */
export type LauncherOptions = Place & ({ readonly example: Example } | { readonly ownApp: OwnApp });

interface Place {
  /** 0: any free one. */
  readonly port: number;
  /** The API of the service to use; undefined: that of the one that runs. */
  readonly url: string | undefined;
}

const NAMES = EXAMPLES.map(({ name }) => name).join(' | ');
const ACCOUNTS = ROTATABLE.map(({ name }) => name);
const DEFAULT_SUBSCRIBER = 'my-app';

export const USAGE = `Usage: npm run example -- <${NAMES}> [options]
       npm run example -- <account> [options] -- <command> [arguments]

Runs an example of examples/typescript, or an app of your own, against the service that 'npm start'
runs in another terminal. An app of your own gets the same environment variables as the examples, and
TWINKEY_FUNCTION_KEY. If it listens on PORT, its events come to /events?code=<EVENTS_CODE>.

  <account>            ${ACCOUNTS.slice(0, 3).join(' | ')}
                       ${ACCOUNTS.slice(3).join(' | ')}
  --subscriber <name>  what your app acknowledges as (default ${DEFAULT_SUBSCRIBER})
  --port <n>           port of the app (default 0: any free one)
  --url <url>          the service's HTTP API, where several run
  --help               print this

Ctrl-C ends it.`;

/** The options, or `help`. Throws a `UsageError`. */
export function parseOptions(args: string[]): LauncherOptions | 'help' {
  const { own, command } = split(args);
  const { values, positionals } = parse(own);
  if (values.help) return 'help';
  const { port, url } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--port: expected a port from 0 to 65535, found '${port}'.`);
  }
  const place = { port: Number(port), url: url?.replace(/\/+$/, '') };
  if (command) return { ...place, ownApp: ownApp(positionals, command, values.subscriber) };
  if (values.subscriber !== undefined) {
    throw new UsageError('--subscriber: expected a command after --, found none.');
  }
  return { ...place, example: example(positionals) };
}

/** The launcher's own arguments, and what comes after `--`. */
function split(args: string[]): { own: string[]; command?: string[] } {
  const end = args.indexOf('--');
  if (end < 0) return { own: args };
  return { own: args.slice(0, end), command: args.slice(end + 1) };
}

function example(names: string[]): Example {
  const [name, ...more] = names;
  const found = EXAMPLES.find((each) => each.name === name);
  if (found && more.length === 0) return found;
  const isAccount = name !== undefined && ACCOUNTS.includes(name);
  const advice = isAccount ? ' An account takes a command after --.' : '';
  throw new UsageError(`Expected one of ${NAMES}, found ${said(names)}.${advice}`);
}

function ownApp(names: string[], command: string[], subscriber = DEFAULT_SUBSCRIBER): OwnApp {
  const [account, ...more] = names;
  if (account === undefined || more.length > 0 || !ACCOUNTS.includes(account)) {
    throw new UsageError(`Expected one of ${ACCOUNTS.join(' | ')}, found ${said(names)}.`);
  }
  const [program, ...rest] = command;
  if (program === undefined) throw new UsageError('Expected a command after --, found none.');
  if (!/^[\w.-]+$/.test(subscriber)) {
    throw new UsageError(`--subscriber: expected a name, found '${subscriber}'.`);
  }
  return { account, subscriber, command: [program, ...rest] };
}

function said(names: readonly string[]): string {
  return names.length === 0 ? 'none' : `'${names.join(' ')}'`;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        subscriber: { type: 'string' },
        port: { type: 'string', default: '0' },
        url: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
