import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { eachLine } from '../../local/lines.ts';
import { type EventReport, REPORT_VARIABLE } from './watchEvents.ts';

/** A program of `local/` as a test sees it. */
export interface LocalProcess {
  /** Everything printed so far, stdout and stderr, by line. */
  readonly lines: readonly string[];
  /** Of those, what a program that reads stdout gets. */
  readonly stdoutLines: readonly string[];
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Resolves with the first line that fits; rejects when the process ends without one. */
  untilLine(pattern: RegExp): Promise<string>;
  /** What Ctrl-C does: a signal to every process of the terminal. */
  pressCtrlC(): void;
  /** Resolves when no process that it started is left; rejects when one stays. */
  untilNoProcess(): Promise<void>;
}

/** `npm start` as a test sees it. */
export interface DemoProcess extends LocalProcess {
  /** Where it makes files and folders for a while. */
  readonly temporary: string;
  /** After its end: whether the events that it sent were as published. */
  eventReport(): Promise<EventReport>;
  /** Names of the files and folders it made for a while and did not remove. */
  leftFiles(): Promise<string[]>;
}

/** What a terminal has where the hint of an earlier `npm start` was followed. */
const OF_THE_TERMINAL = {
  TWINKEY_URL: 'http://127.0.0.1:9/api',
  TWINKEY_FUNCTION_KEY: 'of an earlier run',
};

/** Starts what `npm start` starts, in a process group and with a temporary folder of its own. */
export async function startDemo(...args: string[]): Promise<DemoProcess> {
  const temporary = await mkdtemp(join(tmpdir(), 'demo-test-'));
  const reports = await mkdtemp(join(tmpdir(), 'demo-events-'));
  const report = join(reports, 'report.json');
  onTestFinished(async () => {
    await rm(temporary, { recursive: true });
    await rm(reports, { recursive: true });
  });
  const settings = { ...OF_THE_TERMINAL, TMPDIR: temporary, [REPORT_VARIABLE]: report };
  return {
    ...startLocal('main.ts', args, { settings, imports: ['./test/e2e/watchEvents.ts'] }),
    temporary,
    eventReport: async () => JSON.parse(await readFile(report, 'utf8')),
    // The TypeScript loader keeps its cache there as well.
    leftFiles: async () => (await readdir(temporary)).filter((name) => !name.startsWith('tsx-')),
  };
}

interface LocalOptions {
  /** On top of this process's environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Modules to load ahead of the program. */
  readonly imports?: readonly string[];
}

/** Starts a program of `local/` in a process group of its own. */
export function startLocal(
  script: string,
  args: readonly string[],
  { settings = {}, imports = [] }: LocalOptions = {},
): LocalProcess {
  const loaders = ['tsx', ...imports].flatMap((module) => ['--import', module]);
  const child = spawn(process.execPath, [...loaders, `local/${script}`, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...settings },
  });
  const group = -(child.pid as number);
  onTestFinished(() => {
    if (hasProcess(group)) process.kill(group, 'SIGKILL');
  });
  const lines: string[] = [];
  const stdoutLines: string[] = [];
  eachLine(child.stdout, (line) => lines.push(line) && stdoutLines.push(line));
  eachLine(child.stderr, (line) => lines.push(line));
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  return {
    lines,
    stdoutLines,
    exited,
    untilLine: (pattern) => untilLine(child, lines, pattern),
    pressCtrlC: () => process.kill(group, 'SIGINT'),
    untilNoProcess: () => untilGone(group),
  };
}

function untilLine(
  child: ChildProcess,
  lines: readonly string[],
  pattern: RegExp,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = lines.find((line) => pattern.test(line));
      if (found !== undefined) resolve(found);
    };
    look();
    // Readline hands the lines on before these listeners, which were added later, are called.
    child.stdout?.on('data', look);
    child.once('close', () => reject(new Error(`No line ${pattern}:\n${lines.join('\n')}`)));
  });
}

/** The TypeScript loader's helper ends by itself, a moment after the process that it helps. */
async function untilGone(group: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (hasProcess(group)) {
    if (Date.now() > deadline) throw new Error(`Processes of group ${-group} are left.`);
    await sleep(50);
  }
}

function hasProcess(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}
