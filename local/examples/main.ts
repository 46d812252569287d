/** `npm run example`: an example, or an app of one's own, against the service that `npm start` runs; see `--help`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../demo/options.ts';
import { INTERRUPTED, interruption } from '../interruption.ts';
import { type LauncherOptions, parseOptions, USAGE } from './options.ts';
import { type RunningOwnApp, runOwnApp } from './ownApp.ts';
import { type AppProcess, type Listed, type RunningExample, runExample } from './run.ts';
import { chooseService, isRunning, type StartedService } from './startedService.ts';

const LOOK_INTERVAL_MS = 500;

async function main(interrupted: AbortSignal): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options === 'help') {
      print(USAGE);
      return 0;
    }
    return await run(options, interrupted);
  } catch (error) {
    // Ctrl-C reaches what is still starting as well, which fails then.
    if (interrupted.aborted) return INTERRUPTED;
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError;
    process.stderr.write(isUsage ? `${message}\n\n${USAGE}\n` : `${message}\n`);
    return isUsage ? 2 : 1;
  }
}

async function run(options: LauncherOptions, interrupted: AbortSignal): Promise<number> {
  const service = chooseService(options.url);
  const running = await start(service, options, interrupted);
  const ended = await Promise.race([
    running.exited.then((code) => `The app has ended by itself (${code}).`),
    untilGone(service, interrupted),
  ]);
  await running.stop();
  // Ctrl-C reaches an example as well, which then ends by itself.
  const wrong = interrupted.aborted ? undefined : ended;
  print(wrong ?? `Ended: ${running.account} and the topic have forgotten ${running.subscriber}.`);
  return wrong ? 1 : 0;
}

async function start(
  service: StartedService,
  options: LauncherOptions,
  signal: AbortSignal,
): Promise<AppProcess & Listed> {
  const common = { port: options.port, onLine: print, signal };
  if ('example' in options) {
    const { example } = options;
    print(`Starting the example ${example.name} against ${service.apiUrl} …`);
    const running = await runExample(service, { ...common, example });
    print(introduction(running, example.query));
    return running;
  }
  const { ownApp: app } = options;
  print(`Starting ${app.command.join(' ')} against ${service.apiUrl} …`);
  // Where npm was called, which sets this, and not where it found this project.
  const directory = process.env['INIT_CWD'] ?? process.cwd();
  const running = await runOwnApp(service, { ...common, app, directory });
  print(introductionOfOwn(running));
  return running;
}

/** Says so when the service ended first; nothing when the person did. */
async function untilGone(
  { pid }: StartedService,
  interrupted: AbortSignal,
): Promise<string | undefined> {
  while (!interrupted.aborted) {
    if (!isRunning(pid)) return "'npm start' has ended, and with it what the example was calling.";
    await sleep(LOOK_INTERVAL_MS, undefined, { signal: interrupted }).catch(() => {});
  }
  return undefined;
}

function introduction({ url, pid, account, subscriber }: RunningExample, query: string): string {
  return [
    '',
    `It calls ${account}, whose tag lists it as ${subscriber}; events come to ${url}/events.`,
    'Try it from another terminal; this goes on as long as no call fails:',
    `  while curl -fsS '${url}/?${query}'; do sleep 0.2; done`,
    '',
    `Rotations change the key and not the process (${pid}). Ctrl-C ends it. What it logs:`,
    '',
  ].join('\n');
}

function introductionOfOwn({ url, pid, account, subscriber, settings }: RunningOwnApp): string {
  return [
    '',
    `It is to call ${account}, whose tag lists it as ${subscriber}.`,
    'It was given these environment variables:',
    `  ${settings.join(' ')}`,
    `Once it listens on ${url}, events come to ${url}/events?code=<EVENTS_CODE>.`,
    '',
    `Ctrl-C ends it (process ${pid}). What it prints:`,
    '',
  ].join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main(interruption());
