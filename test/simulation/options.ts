import { Command, InvalidArgumentError, Option } from 'commander';
import { PLANNERS, type Planner } from './baselines/compare.ts';
import { BUGS } from './planted/bugs.ts';

/** What may be typed. */
export interface Options {
  /** One world alone, with its timeline. */
  readonly seed?: number;
  readonly seeds: number;
  readonly from: number;
  readonly days: number;
  readonly json?: true;
  readonly trace?: true;
  /** Known bugs are planted: all in turn, or the one of this name. */
  readonly planted?: true | string;
  readonly exhaustive?: true;
  /** Instead of holding the service to what must always hold: what others come to. */
  readonly planner?: Planner | 'all';
  /** With a planner: worlds in which nobody touches keys and secrets behind its back. */
  readonly leftAlone?: true;
  /** Of the pairs only every n-th. */
  readonly every: number;
}

/** How many worlds and days make sense depends on what is asked for. */
type Typed = Omit<Options, 'seeds' | 'days'> & Partial<Pick<Options, 'seeds' | 'days'>>;

/** Exit code of a command line that makes no sense; a violation, or a bug that is not caught, is 1. */
export const USAGE_ERROR = 2;

/** Reads the command line; throws a `CommanderError`, with the problem told on stderr, where it makes no sense. */
export function readOptions(args: readonly string[]): Options {
  const program = new Command('npm run simulate --')
    .exitOverride()
    .description(
      'Lets simulated years pass over the production code, with everything that can go wrong.',
    )
    .option('--seed <n>', 'one world alone: its faults, and the timeline of what went wrong', whole)
    .option('--seeds <n>', 'how many worlds (100; for each planted bug at most 200)', whole)
    .option('--from <n>', 'the first seed', whole, 1)
    .option('--days <n>', 'how long each world lives (365; with a planted bug 120)', whole)
    .option('--trace', 'with --seed: the whole timeline, of --planner too')
    .addOption(
      new Option(
        '--planted [name]',
        'plant known bugs in turn, or this one: each must be caught; with --seed the one is planted in one world',
      ).argParser(nameOfBug),
    )
    .option(
      '--exhaustive',
      'one rotation, every death and every fault at every call with every other after it',
    )
    .option('--every <n>', 'with --exhaustive: of the pairs only every n-th', whole, 1)
    .addOption(
      new Option(
        '--planner <name>',
        'measure what rotates the keys, beside other ways: the usual sample, a script, one that waits',
      ).choices([...PLANNERS, 'all']),
    )
    .option('--left-alone', 'with --planner: nobody touches keys and secrets behind its back')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXIT_CODES);
  const typed = program.parse(args, { from: 'user' }).opts<Typed>();
  const problem = problemOf(typed, (name) => program.getOptionValueSource(name) === 'cli');
  if (problem) program.error(`error: ${problem}`);
  const usual = typed.planted ? { seeds: 200, days: 120 } : { seeds: 100, days: 365 };
  return { ...usual, ...typed };
}

const EXIT_CODES = `
Exit code 0: nothing was violated, every planted bug was caught. 1: something was violated, or a bug was
not caught; with --planted and --seed: it was. ${USAGE_ERROR}: the command line makes no sense.`;

/** Options that would be left out of account without a word. */
function problemOf(typed: Typed, isTyped: (name: string) => boolean): string | undefined {
  const { planted, exhaustive, planner, seed, json } = typed;
  const ways = [planted && '--planted', exhaustive && '--exhaustive', planner && '--planner'];
  const [first, second] = ways.filter(Boolean);
  if (second) return `${first} and ${second} are two things: ask for one at a time`;
  if (isTyped('every') && !exhaustive) return '--every needs --exhaustive';
  if (isTyped('leftAlone') && !planner) return '--left-alone needs --planner';
  if (isTyped('trace') && seed === undefined) return '--trace needs --seed';
  if (isTyped('trace') && json) return '--trace is text: leave --json out';
  if (seed !== undefined && planted === true)
    return '--planted with --seed needs the name of a bug';
  return problemOfWorlds(typed, isTyped);
}

/** Which worlds, where that is settled already. */
function problemOfWorlds(
  { exhaustive, seed }: Typed,
  isTyped: (name: string) => boolean,
): string | undefined {
  const typed = (names: readonly string[]) => names.find(isTyped);
  const ofOne = typed(['seed', 'seeds', 'from', 'days']);
  if (exhaustive && ofOne) return `--exhaustive is one rotation: leave --${ofOne} out`;
  const ofMany = typed(['seeds', 'from']);
  return seed !== undefined && ofMany ? `--seed is one world: leave --${ofMany} out` : undefined;
}

function nameOfBug(name: string): string {
  if (BUGS.some((bug) => bug.name === name)) return name;
  throw new InvalidArgumentError('expected the name of a bug in test/simulation/planted/bugs.ts');
}

function whole(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 1');
}
