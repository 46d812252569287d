import { CommanderError } from 'commander';
import { Api } from './api.ts';
import { ATTENTION, FINE, USAGE } from './commands/session.ts';
import { connectionOf } from './connection.ts';
import { RequestError, UsageError } from './errors.ts';
import { programOf } from './program.ts';
import { printable, printableLines } from './text.ts';
import type { World } from './world.ts';

/** Runs one command. Returns the process's exit code; what went wrong is said in one line. */
export async function runOps(args: readonly string[], world: World): Promise<number> {
  let exitCode = FINE;
  const program = programOf(async (options, run) => {
    const api = new Api(connectionOf(options, world), world);
    exitCode = await run({ api, world, json: options.json ?? false });
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => world.write(text),
      writeErr: (text) => world.writeError(withoutValues(text)),
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? FINE : USAGE;
    if (error instanceof UsageError) {
      world.writeError(`${printableLines(error.message)}\n`);
      return USAGE;
    }
    world.writeError(`${printable(messageOf(error))}\n`);
    return ATTENTION;
  }
}

/** Of the errors of this program itself, one is expected: an answer in which something is missing. */
function messageOf(error: unknown): string {
  if (error instanceof RequestError) return error.message;
  const found = error instanceof Error ? error.message : String(error);
  return (
    `Expected an answer as this version of the command line knows it, found another (${found}). ` +
    "Use the command line of the service's version."
  );
}

/** Whoever types `--key=…` must not find the key in a log as well. */
function withoutValues(text: string): string {
  return printableLines(text.replace(/(unknown option '--?[^='\s]+)=.*'/, "$1'"));
}
