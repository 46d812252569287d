/** `npm start`: the whole service on this machine; see `--help`. */
import { runDemo } from './demo/demo.ts';
import { parseOptions, USAGE, UsageError } from './demo/options.ts';
import { openScreen } from './demo/screen.ts';

/** What shells expect of a program that Ctrl-C ended. */
const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function main(interrupted: AbortSignal): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options === 'help') {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    // With --json stdout is for the result alone.
    const screen = openScreen(options.json ? process.stderr : process.stdout);
    const writeJson = (line: string) => process.stdout.write(`${line}\n`);
    return await runDemo(options, { screen, writeJson }, interrupted);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${USAGE}\n`);
      return 2;
    }
    // Ctrl-C reaches what is still starting as well, which fails then.
    if (interrupted.aborted) {
      process.stderr.write(
        '\nEnded while it was starting. No process and no file is left behind.\n',
      );
      return INTERRUPTED;
    }
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** How often it is looked whether npm, which does not pass every signal on, is still there. */
const PARENT_CHECK_MS = 500;

/**
 * The first signal ends the demo in order, the second at once. It ends in order, too, when npm has
 * ended or nobody reads any more what it prints, as after `| head`.
 */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', () => controller.abort());
  }
  const parent = process.ppid;
  const orphaned = () => process.env['npm_lifecycle_event'] && process.ppid !== parent;
  setInterval(() => {
    if (orphaned()) controller.abort();
  }, PARENT_CHECK_MS).unref();
  return controller.signal;
}

process.exitCode = await main(interruption());
