import { Command, InvalidArgumentError } from 'commander';

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
}

/** Reads the command line; ends the process where it makes no sense. */
export function readOptions(args: readonly string[]): Options {
  const program = new Command('npm run simulate --')
    .description(
      'Lets simulated years pass over the production code, with everything that can go wrong.',
    )
    .option('--seed <n>', 'one world alone: its faults, and the timeline of what went wrong', whole)
    .option('--seeds <n>', 'how many worlds', whole, 100)
    .option('--from <n>', 'the first seed', whole, 1)
    .option('--days <n>', 'how long each world lives', whole, 365)
    .option('--trace', 'with --seed: the whole timeline')
    .option('--planted', 'plant known bugs in turn: each must be caught')
    .option('--json', 'print the result as JSON');
  return program.parse(args, { from: 'user' }).opts<Options>();
}

function whole(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 1');
}
