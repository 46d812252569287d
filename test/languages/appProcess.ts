import { spawn } from 'node:child_process';
import { eachLine } from '../../local/lines.ts';

/** How an example app is started: every language's takes the same settings and serves the same. */
export interface AppCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** A running example app. */
export interface LanguageApp {
  /** Where it listens, without a trailing slash. */
  readonly url: string;
  /** Everything that it printed so far. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/** Starts an app and waits until it listens; rejects with its own words when it does not. */
export async function startApp(
  { command, args }: AppCommand,
  settings: Readonly<Record<string, string>>,
): Promise<LanguageApp> {
  const child = spawn(command, args, {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const listening = new Promise<string>((resolve) => {
    eachLine(child.stdout, (line) => {
      lines.push(line);
      const url = /^listening (http:\S+)$/.exec(line)?.[1];
      if (url) resolve(url);
    });
  });
  eachLine(child.stderr, (line) => lines.push(line));
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const endedEarly = exited.then(() => Promise.reject(new Error(lines.join('\n'))));
  return {
    url: await Promise.race([listening, failed, endedEarly]),
    output: () => lines.join('\n'),
    stop: () => {
      child.kill('SIGKILL');
      return exited;
    },
  };
}
