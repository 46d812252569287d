import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { END_WITH_PARENT } from '../endWithParent.ts';
import { eachLine } from '../lines.ts';

export interface SpawnExampleOptions {
  /** Its file's name in `examples/typescript/`. */
  readonly name: string;
  /** On top of this process's environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** Told of every line that it prints. */
  readonly onLine: (line: string) => void;
}

/** An example in a process of its own, which ends when this process does. */
export interface ExampleProcess {
  readonly pid: number;
  /** Without a slash at its end. */
  readonly url: string;
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Ends it in order, as a platform does. */
  stop(): Promise<number | NodeJS.Signals>;
}

const TSX = import.meta.resolve('tsx');
const FOLDER = new URL('../../examples/typescript/', import.meta.url);

/** Starts an example and waits until it listens. */
export async function spawnExample(options: SpawnExampleOptions): Promise<ExampleProcess> {
  const { name, settings, onLine } = options;
  const script = fileURLToPath(new URL(`${name}.ts`, FOLDER));
  const child = spawn(
    process.execPath,
    // 'twinkey/client' is this project's own source here, not what it was built to.
    ['--conditions', 'twinkey-source', '--import', END_WITH_PARENT, '--import', TSX, script],
    { env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  const exited = once(child, 'close').then(
    ([code, signal]): number | NodeJS.Signals => code ?? signal ?? 1,
  );
  eachLine(child.stderr, onLine);
  const url = await Promise.race([
    listeningUrl(child, onLine),
    exited.then((code) => Promise.reject(new Error(`The example ended too soon (${code}).`))),
  ]);
  return {
    pid: child.pid ?? 0,
    url,
    exited,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

function listeningUrl(child: ChildProcess, onLine: (line: string) => void): Promise<string> {
  return new Promise((resolve) => {
    eachLine(child.stdout, (line) => {
      const url = /^listening (http:\S+)$/.exec(line)?.[1];
      if (url) resolve(url);
      else onLine(line);
    });
  });
}
