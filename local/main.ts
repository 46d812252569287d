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

/** How often it is looked whether npm, which does not pass every signal on, is still there. */
const PARENT_CHECK_MS = 500;

/** The first signal ends the demo in order, the second at once; so does the end of npm. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  const parent = process.ppid;
  const orphaned = () => process.env['npm_lifecycle_event'] && process.ppid !== parent;
  setInterval(() => {
    if (orphaned()) controller.abort();
  }, PARENT_CHECK_MS).unref();
  return controller.signal;
}

process.exitCode = await main(interruption());
