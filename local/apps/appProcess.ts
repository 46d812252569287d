import { type ChildProcess, spawn } from 'node:child_process';
import { eachLine } from '../lines.ts';
import { startOf } from '../programs.ts';
import type { AppConfiguration, AppMessage, Counter, LauncherMessage } from './messages.ts';

export interface SpawnAppOptions {
  app: 'eventApp' | 'pollApp';
  configuration: AppConfiguration;
  /** On top of this process's environment. */
  settings: Record<string, string>;
  /** Told of every line that the app prints; there should be none. */
  onLine: (line: string) => void;
}

/** A demo app in a process of its own, which ends when this process does. */
export interface AppProcess {
  pid: number;
  /** Where it takes events; null when it only polls. */
  webhookUrl: string | null;
  /** Requests so far, by account name. */
  counters: () => Readonly<Record<string, Counter>>;
  /** Ends it after the requests under way; the counters are complete then. */
  stop(): Promise<void>;
}

/** Starts a demo app and waits until it is ready for events. */
export async function spawnApp(options: SpawnAppOptions): Promise<AppProcess> {
  const start = startOf(`apps/${options.app}`, { importsTypeScript: false });
  const child = spawn(process.execPath, start, {
    env: { ...process.env, ...options.settings },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  eachLine(child.stdout, options.onLine);
  eachLine(child.stderr, options.onLine);
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let counters: Record<string, Counter> = {};
  const ready = new Promise<string | null>((resolve) => {
    child.on('message', (message: AppMessage) => {
      if (message.type === 'ready') resolve(message.webhookUrl);
      else counters = message.counters;
    });
  });
  const failed = exited.then(() =>
    Promise.reject(new Error(`The demo app ${options.app} ended before it was ready.`)),
  );
  tell(child, options.configuration);
  return {
    webhookUrl: await Promise.race([ready, failed]),
    pid: child.pid ?? 0,
    counters: () => counters,
    stop: () => {
      tell(child, { type: 'stop' });
      return exited;
    },
  };
}

/** An app that has ended by itself cannot be told anything, and need not. */
function tell(child: ChildProcess, message: LauncherMessage): void {
  if (child.connected) child.send(message);
}
