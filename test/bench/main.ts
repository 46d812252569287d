/** `npm run bench -- <name> [--json]`: what is measured in one run, with ratios. See README.md beside this. */
import { Argument, Command, Option } from 'commander';
import { coldStart } from './coldStart.ts';

const BENCHMARKS = { 'cold-start': ({ processes }: { processes: number }) => coldStart(processes) };

const program = new Command('npm run bench --')
  .description('Measures, and prints ratios that were measured in one run.')
  .addArgument(new Argument('<name>', 'what to measure').choices(Object.keys(BENCHMARKS)))
  .addOption(
    new Option('--processes <n>', 'fresh processes for each way').default(9).argParser(Number),
  )
  .option('--json', 'print the result as JSON');
program.parse();
const { json, processes } = program.opts<{ json?: true; processes: number }>();
const result = await BENCHMARKS[program.args[0] as keyof typeof BENCHMARKS]({ processes });
if (json) console.log(JSON.stringify(result));
else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(18)}${value}`);
