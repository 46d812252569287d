/** `npm run ops`: Twinkey's command line; see `--help`. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runOps } from './run.ts';

// Whoever reads only the first lines, `| head`, has what they want.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runOps(process.argv.slice(2), {
  environment: process.env,
  fetch,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  now: () => Date.now(),
  sleep: (ms) => sleep(ms),
  newId: () => randomUUID(),
  readFile: (path) => readFileSync(path, 'utf8'),
});
