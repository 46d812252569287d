import { Command, Option } from 'commander';
import { brakes, releaseBrake } from './commands/brakes.ts';
import { history } from './commands/history.ts';
import { hold, release } from './commands/hold.ts';
import { keyless } from './commands/keyless.ts';
import { plan } from './commands/plan.ts';
import { acknowledge, compromised, rollback, rotate } from './commands/rotations.ts';
import type { Session } from './commands/session.ts';
import { status } from './commands/status.ts';
import { type ConnectionOptions, DEFAULT_URL } from './connection.ts';
import { someReason, waitLimit, wholeNumber } from './values.ts';

/** What may be typed of every command. */
export interface CommonOptions extends ConnectionOptions {
  readonly json?: boolean | undefined;
}

/** Carries a command out. */
export type Carry = (
  options: CommonOptions,
  run: (session: Session) => Promise<number>,
) => Promise<void>;

const AN_ACCOUNT =
  'resource id, subscription/resourceGroup/name, or a name that only one account has';

const EPILOGUE = `
The function key is read from TWINKEY_FUNCTION_KEY, or from the file that --key-file names.
Exit codes: 0 fine; 1 an account needs attention, or the request was refused or failed; 2 usage.`;

/** The command line, whose commands go through `carry`. */
export function programOf(carry: Carry): Command {
  const program = new Command('npm run ops --')
    .description('Sees and steers Twinkey, over its HTTP API.')
    .option('--url <url>', `the API's address (default: TWINKEY_URL, else ${DEFAULT_URL})`)
    .option('--key-file <path>', 'a file that holds the function key')
    .option('--json', "print the API's JSON")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EPILOGUE);
  addViews(program, carry);
  addStarts(program, carry);
  addHolds(program, carry);
  addBrakes(program, carry);
  return program;
}

function addViews(program: Command, carry: Carry): void {
  program
    .command('status')
    .description('what every account is doing, or one account in full')
    .argument('[account]', AN_ACCOUNT)
    .action((account, _options, command) =>
      carry(command.optsWithGlobals(), (session) => status(account, session)),
    );
  program
    .command('plan')
    .description('what happens next to every account, or to one, and why: a dry run')
    .argument('[account]', AN_ACCOUNT)
    .option('--days <n>', 'leave out what comes later', wholeNumber(3650))
    .addOption(new Option('--format <format>', 'a calendar of all accounts').choices(['ics']))
    .action((account, options, command) =>
      carry(command.optsWithGlobals(), (session) => plan(account, options, session)),
    );
  program
    .command('history')
    .description('what was done to an account, newest first, or an export of it')
    .argument('[account]', AN_ACCOUNT)
    .option('--all', 'what was done to all accounts at once: holds')
    .option('--limit <n>', 'lines at most, without --format', wholeNumber(200), 20)
    .option('--rotation <id>', 'of one rotation alone')
    .addOption(new Option('--format <format>', 'export all lines').choices(['csv', 'jsonl']))
    .action((account, options, command) =>
      carry(command.optsWithGlobals(), (session) => history(account, options, session)),
    );
}

function addStarts(program: Command, carry: Carry): void {
  startCommand(program, 'rotate', 'rotate an account now').action((account, options, command) =>
    carry(command.optsWithGlobals(), (session) => rotate(account, options, session)),
  );
  startCommand(program, 'compromised', 'a key leaked: replace it and regenerate it')
    .addOption(
      new Option('--slot <slot>', 'what leaked (default: the active key)').choices([
        'Key1',
        'Key2',
        'both',
      ]),
    )
    .option(
      '--overlap <duration>',
      "how long apps get to reload (the service's default: PT5M, or the period where that is shorter)",
    )
    .option('--override-hold', 'go on in spite of a hold')
    .action((account, options, command) =>
      carry(command.optsWithGlobals(), (session) => compromised(account, options, session)),
    );
  startCommand(
    program,
    'rollback',
    'make the previous key active again, during the overlap',
  ).action((account, options, command) =>
    carry(command.optsWithGlobals(), (session) => rollback(account, options, session)),
  );
  program
    .command('keyless')
    .description('what ending key authentication would break; with --confirm, end it')
    .argument('<account>', AN_ACCOUNT)
    .option('--confirm <value>', 'as the preview says: proof that it has been seen')
    .option('--take-back', 'take it back, before key authentication is switched off')
    .option('--reason <text>', 'why; kept in the history', someReason)
    .addOption(waitOption())
    .addOption(waitLimitOption())
    .action((account, options, command) =>
      carry(command.optsWithGlobals(), (session) => keyless(account, options, session)),
    );
  program
    .command('acknowledge')
    .description('say for an app that it uses the active key')
    .argument('<account>', AN_ACCOUNT)
    .requiredOption('--subscriber <name>', "the app, as the account's tag lists it")
    .requiredOption('--fingerprint <digits>', 'of the key that the app uses')
    .action((account, options, command) =>
      carry(command.optsWithGlobals(), (session) => acknowledge(account, options, session)),
    );
}

function startCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<account>', AN_ACCOUNT)
    .requiredOption('--reason <text>', 'why; kept in the history', someReason)
    .addOption(waitOption())
    .addOption(waitLimitOption());
}

function waitOption(): Option {
  return new Option('--wait', 'follow it until it ended');
}

function waitLimitOption(): Option {
  return new Option('--wait-limit <duration>', 'give up following after this long')
    .argParser(waitLimit)
    .default(15 * 60_000, 'PT15M');
}

function addHolds(program: Command, carry: Carry): void {
  program
    .command('hold')
    .description('have no key regenerated, of one account or of all')
    .argument('[account]', AN_ACCOUNT)
    .option('--all', 'every account')
    .requiredOption('--reason <text>', 'why; kept in the history', someReason)
    .option('--until <time>', 'its end, such as 2030-01-31T12:00:00Z (default: until released)')
    .action((account, options, command) =>
      carry(command.optsWithGlobals(), (session) => hold(account, options, session)),
    );
  program
    .command('release')
    .description('take a hold away')
    .argument('[account]', AN_ACCOUNT)
    .option('--all', 'the hold of every account')
    .option('--reason <text>', 'why; kept in the history', someReason)
    .action((account, options, command) =>
      carry(command.optsWithGlobals(), (session) => release(account, options, session)),
    );
}

function addBrakes(program: Command, carry: Carry): void {
  program
    .command('brakes')
    .description('what keeps rotations from beginning because too many accounts failed in a row')
    .action((_options, command) => carry(command.optsWithGlobals(), (session) => brakes(session)));
  program
    .command('release-brake')
    .description('let rotations begin again')
    .argument('<id>', "the brake, as 'brakes' shows it")
    .option('--reason <text>', 'why; kept in the history', someReason)
    .action((id, options, command) =>
      carry(command.optsWithGlobals(), (session) => releaseBrake(id, options, session)),
    );
}
