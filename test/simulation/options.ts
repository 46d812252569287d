import { Command, InvalidArgumentError, Option } from 'commander';
import { PLANNERS, type Planner } from './baselines/compare.ts';

/** What may be typed. */
export interface Options {
  /** One world alone, with its timeline. */
  readonly seed?: number;
  readonly seeds: number;
  readonly from: number;
  readonly days: number;
  readonly json?: true;
  readonly trace?: true;
  readonly planted?: true;
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

/** Reads the command line; ends the process where it makes no sense. */
export function readOptions(args: readonly string[]): Options {
  const program = new Command('npm run simulate --')
    .description(
      'Lets simulated years pass over the production code, with everything that can go wrong.',
    )
    .option('--seed <n>', 'one world alone: its faults, and the timeline of what went wrong', whole)
    .option('--seeds <n>', 'how many worlds (100; for each planted bug at most 200)', whole)
    .option('--from <n>', 'the first seed', whole, 1)
    .option('--days <n>', 'how long each world lives (365; with a planted bug 120)', whole)
    .option('--trace', 'with --seed: the whole timeline, of --planner too')
    .option('--planted', 'plant known bugs in turn: each must be caught')
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
    .option('--json', 'print the result as JSON');
  const typed = program.parse(args, { from: 'user' }).opts<Typed>();
  const problem = problemOf(typed, (name) => program.getOptionValueSource(name) === 'cli');
  if (problem) program.error(`error: ${problem}`);
  const usual = typed.planted ? { seeds: 200, days: 120 } : { seeds: 100, days: 365 };
  return { ...usual, ...typed };
}

/** Options that would be left out of account without a word. */
function problemOf(
  { planted, exhaustive, planner, seed, json }: Typed,
  isTyped: (name: string) => boolean,
): string | undefined {
  const ways = [planted && '--planted', exhaustive && '--exhaustive', planner && '--planner'];
  const [first, second] = ways.filter(Boolean);
  if (second) return `${first} and ${second} are two things: ask for one at a time`;
  if (isTyped('every') && !exhaustive) return '--every needs --exhaustive';
  if (isTyped('leftAlone') && !planner) return '--left-alone needs --planner';
  if (isTyped('trace') && seed === undefined) return '--trace needs --seed';
  if (isTyped('trace') && json) return '--trace is text: leave --json out';
  if (isTyped('seeds') && seed !== undefined) return '--seed is one world: leave --seeds out';
  if (seed !== undefined && (planted || exhaustive)) return `${first} takes no --seed`;
  return undefined;
}

function whole(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 1');
}
