import { type ChildProcess, spawn } from 'node:child_process';
import { eachLine } from '../lines.ts';
import { startOf } from '../programs.ts';

export interface SpawnHostOptions {
  /** Pattern of the app's entry files, relative to `directory`. */
  app: string;
  /** Default: host.json in `directory`. */
  hostJson?: string;
  /** The host's working directory; default: this process's. */
  directory?: string;
  /** App settings, on top of this process's environment without what is set there for Twinkey's tools. */
  settings?: Record<string, string>;
  /** What `x-functions-key` and `code` have to be. */
  functionKey?: string;
  /** Default: a free port. */
  port?: number;
  /** Further arguments of main.ts. */
  arguments?: string[];
  /** Told of every line of the host's output from its first on, stdout and stderr alike. */
  onLine?: (line: string) => void;
}

/** A Functions host in a process of its own, which ends when this process does. */
export interface HostProcess {
  url: string;
  pid: number;
  /** The exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
  /** Adds a listener for every further line of output; answers how to take it off again. */
  onLine(listener: (line: string) => void): () => void;
  /** Ends it in order: triggers off, running calls finished. */
  stop(): Promise<number | NodeJS.Signals>;
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

/** Starts a host and waits until it listens; rejects with the host's own words when it cannot. */
export async function spawnHost(options: SpawnHostOptions): Promise<HostProcess> {
  const child = startChild(options);
  const listeners = new Set<(line: string) => void>();
  if (options.onLine) listeners.add(options.onLine);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  const url = await listeningUrl(child, exited, listeners);
  return {
    url,
    pid: child.pid ?? 0,
    exited,
    onLine: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

function startChild(options: SpawnHostOptions): ChildProcess {
  const { app, hostJson = 'host.json', port = 0, functionKey } = options;
  const values = ['--app', app, '--host-json', hostJson, '--port', String(port)];
  const start = startOf('host/main', { importsTypeScript: /\bts\b/.test(app) });
  return spawn(process.execPath, [...start, ...values, ...(options.arguments ?? [])], {
    cwd: options.directory,
    env: {
      ...inherited(process.env),
      ...options.settings,
      ...(functionKey && { LOCAL_FUNCTION_KEY: functionKey }),
    },
    // The channel carries no messages: its end tells the host that this process is gone.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/**
 * An environment for the host to inherit: without `TWINKEY_…`. A terminal has them for the command line,
 * as the service's address and key, and the service refuses a setting that it does not know.
 */
export function inherited(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.entries(environment).filter(([name]) => !/^TWINKEY_/i.test(name));
  return Object.fromEntries(passed);
}

async function listeningUrl(
  child: ChildProcess,
  exited: Promise<unknown>,
  listeners: ReadonlySet<(line: string) => void>,
): Promise<string> {
  const complaints: string[] = [];
  let isListening = false;
  const listening = new Promise<string>((resolve) => {
    eachLine(child.stdout, (line) => {
      const url = isListening ? undefined : announcedUrl(line);
      if (url) {
        isListening = true;
        resolve(url);
      }
      for (const listener of listeners) listener(line);
    });
  });
  eachLine(child.stderr, (line) => {
    if (!isListening) complaints.push(line);
    for (const listener of listeners) listener(line);
  });
  const failed = exited.then((code) => {
    const words = complaints.join('\n') || '(it said nothing)';
    return Promise.reject(new Error(`The Functions host did not start (${code}): ${words}`));
  });
  return Promise.race([listening, failed]);
}

function announcedUrl(line: string): string | undefined {
  return /^\{"event":"listening","url":"([^"]+)"\}$/.exec(line)?.[1];
}
