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
    if (options !== 'help') return await runDemo(options, openScreen(process.stdout), interrupted);
    process.stdout.write(`${USAGE}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${USAGE}\n`);
      return 2;
    }
    // Ctrl-C reaches what is still starting as well, which fails then.
    if (interrupted.aborted) return INTERRUPTED;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** The first signal ends the demo in order, the second at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  return controller.signal;
}

process.exitCode = await main(interruption());
