/** `npm start`: the whole service on this machine; see `--help`. */
import { runDemo } from './demo/demo.ts';
import { parseOptions, USAGE, UsageError } from './demo/options.ts';
import { openScreen } from './demo/screen.ts';
import { INTERRUPTED, interruption } from './interruption.ts';

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

process.exitCode = await main(interruption());
