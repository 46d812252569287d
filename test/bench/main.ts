/** `npm run bench -- <name> [--json]`: what is measured in one run, with ratios. See README.md beside this. */
import { Argument, Command, Option } from 'commander';
import { countCalls } from './calls.ts';
import { coldStart } from './coldStart.ts';
import { monthsOfFleets } from './cost.ts';
import { fleet } from './fleet.ts';
import { measureIdle } from './idle.ts';
import { scaleOut } from './scaleOut.ts';
import { measureSwitch } from './switch.ts';

interface Options {
  readonly json?: true;
  readonly processes: number;
  readonly apps: number;
  readonly accounts?: number;
  readonly vaults: number;
  readonly seed: number;
  readonly listKeys: 'read' | 'write';
}

const BENCHMARKS: Readonly<Record<string, (options: Options) => Promise<object>>> = {
  'cold-start': ({ processes }) => coldStart(processes),
  calls: () => countCalls(),
  cost: () => monthsOfFleets(),
  'scale-out': ({ accounts = 100 }) => scaleOut(accounts),
  idle: () => measureIdle(),
  switch: ({ apps }) => measureSwitch(apps),
  fleet: ({ accounts = 10_000, vaults, seed, listKeys }) =>
    fleet({
      accounts,
      vaults,
      seed,
      listKeysBucket: listKeys === 'write' ? 'armWrite' : 'armRead',
    }),
};

const program = new Command('npm run bench --')
  .description('Measures, and prints ratios that were measured in one run.')
  .addArgument(new Argument('<name>', 'what to measure').choices(Object.keys(BENCHMARKS)))
  .addOption(
    new Option('--processes <n>', 'fresh processes for each way').default(9).argParser(Number),
  )
  .addOption(new Option('--apps <n>', 'apps of `switch`').default(1_000).argParser(Number))
  .addOption(new Option('--seed <n>', 'what a run is drawn from').default(1).argParser(Number))
  .addOption(
    new Option('--list-keys <bucket>', 'what ARM counts POST listKeys as')
      .choices(['read', 'write'])
      .default('read'),
  )
  .addOption(
    new Option('--accounts <n>', 'accounts of `fleet` (10,000) or `scale-out` (100)').argParser(
      Number,
    ),
  )
  .addOption(new Option('--vaults <n>', 'vaults of `fleet`').default(10).argParser(Number))
  .option('--json', 'print the result as JSON');
program.parse();
const options = program.opts<Options>();
const result = await BENCHMARKS[program.args[0] ?? '']?.(options);
if (options.json) console.log(JSON.stringify(result));
else print(result ?? {});

function print(result: object): void {
  for (const [name, value] of Object.entries(result)) {
    const text = typeof value === 'object' ? JSON.stringify(value, null, 2) : value;
    console.log(`${name.padEnd(18)}${text}`);
  }
}
