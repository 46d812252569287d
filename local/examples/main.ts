/** `npm run example`: an example against the service that `npm start` runs; see `--help`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../demo/options.ts';
import { INTERRUPTED, interruption } from '../interruption.ts';
import { type LauncherOptions, parseOptions, USAGE } from './options.ts';
import { type RunningExample, runExample } from './run.ts';
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
  const { example, port, url } = options;
  const service = chooseService(url);
  print(`Starting the example ${example.name} against ${service.apiUrl} …`);
  const running = await runExample(service, {
    example,
    port,
    onLine: print,
    signal: interrupted,
  });
  print(introduction(running, example.query));
  const ended = await Promise.race([
    running.exited.then(() => 'The example has ended by itself.'),
    untilGone(service, interrupted),
  ]);
  await running.stop();
  // Ctrl-C reaches the example as well, which then ends by itself.
  const wrong = interrupted.aborted ? undefined : ended;
  print(wrong ?? 'Ended: the account and the topic have forgotten the example.');
  return wrong ? 1 : 0;
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

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main(interruption());
