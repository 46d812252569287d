/**
 * The local Functions host as a process:
 *
 *   node --import tsx local/host/main.ts --app 'functions/*.ts' --host-json host.json --port 7071
 *
 * App settings are its environment. `LOCAL_FUNCTION_KEY` is the key that `x-functions-key`
 * and `code` are compared with; without it a random one is made, so that nothing but anonymous
 * functions can be called. When ready it prints one line `{"event":"listening","url":"…"}`.
 *
 * SIGTERM and SIGINT end it in order, with exit code 0. Started with an IPC channel it ends with its
 * parent, however the parent died.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Host } from './host.ts';
import { errorText, HostError } from './hostError.ts';
import { functionTimeoutMs, readHostJson } from './hostJson.ts';
import { Logger } from './logger.ts';

const OPTIONS = {
  app: { type: 'string' },
  'host-json': { type: 'string', default: 'host.json' },
  port: { type: 'string', default: '7071' },
  log: { type: 'string', default: 'text' },
  'host-id': { type: 'string', default: 'local' },
  // Azure's default of a minute is for its bill; people watching want to see things move.
  'max-polling-interval-ms': { type: 'string', default: '1000' },
  'queue-hidden-seconds': { type: 'string', default: '600' },
  'body-limit-bytes': { type: 'string', default: String(100 * 1024 * 1024) },
  // For tests: whoever calls stands for the platform, and says who the principal is.
  'trust-principal': { type: 'boolean', default: false },
  'drain-seconds': { type: 'string', default: '10' },
  // Overrides host.json; -1 for no limit.
  'function-timeout': { type: 'string' },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (!values.app) throw new HostError("--app: expected a pattern such as 'functions/*.ts'.");
  const configuration = await readHostJson(values['host-json'], process.env);
  const timeout = values['function-timeout'];
  if (timeout) {
    configuration.functionTimeoutMs = functionTimeoutMs(timeout, 'Argument');
  }
  configuration.queues.maxPollingIntervalMs = Math.min(
    configuration.queues.maxPollingIntervalMs,
    wholeNumber('max-polling-interval-ms', values['max-polling-interval-ms']),
  );
  const host = await Host.load({
    app: values.app,
    directory: process.cwd(),
    configuration,
    settings: process.env,
    hostId: values['host-id'],
    key: process.env['LOCAL_FUNCTION_KEY'] || randomBytes(32).toString('hex'),
    port: wholeNumber('port', values.port),
    trustPrincipal: values['trust-principal'],
    bodyLimitBytes: wholeNumber('body-limit-bytes', values['body-limit-bytes']),
    queueHiddenMs: wholeNumber('queue-hidden-seconds', values['queue-hidden-seconds']) * 1000,
    logger: new Logger(logFormat(values.log), configuration.logLevels),
    // Every Functions host tells its app by what name it is reached.
    onListening: (url) => {
      process.env['WEBSITE_HOSTNAME'] = new URL(url).host;
    },
    // Nothing can stop code that runs too long but the end of its process, in Azure as here.
    onTimeout: () => process.exit(1),
  });
  endInOrder(host, wholeNumber('drain-seconds', values['drain-seconds']) * 1000);
  await host.start();
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: host.url })}\n`);
}

function endInOrder(host: Host, drainMs: number): void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    host.stop(drainMs).then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,12}$/.test(text)) {
    throw new HostError(`--${name}: expected a whole number, got "${text}".`);
  }
  return Number(text);
}

function logFormat(text: string): 'text' | 'json' {
  if (text === 'text' || text === 'json') return text;
  throw new HostError(`--log: expected text or json, got "${text}".`);
}

/** Whoever mistyped an argument or a setting needs no stack trace; everyone else does. */
function fail(error: unknown): void {
  const isMistake = error instanceof HostError || isUnknownArgument(error);
  const text = isMistake ? error.message : errorText(error);
  process.stderr.write(`${text}\n`, () => process.exit(1));
}

function isUnknownArgument(error: unknown): error is Error {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof TypeError && code?.startsWith('ERR_PARSE_ARGS') === true;
}

if (process.send) process.on('disconnect', () => process.exit(1));
// Outputs that nobody reads any more must not bring the host down before it notices its parent.
process.stdout.on('error', () => undefined);
main().catch(fail);
