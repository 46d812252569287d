import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eachLine } from '../lines.ts';
import { type AppProcess, eventsUrl, type Listed, runListed } from './run.ts';
import type { AppSettings } from './settings.ts';
import type { StartedService } from './startedService.ts';
import type { Subscriber } from './subscriber.ts';

/** A developer's own app, started by whatever starts it. */
export interface OwnApp extends Listed {
  /** A program, and its arguments. */
  readonly command: readonly [string, ...string[]];
}

interface OwnAppOptions {
  readonly app: OwnApp;
  /** Where the command runs. */
  readonly directory: string;
  /** Where the app is to listen; 0: any free one. */
  readonly port: number;
  /** Told of every line that the app prints, and of what becomes of its events. */
  readonly onLine: (line: string) => void;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

/** The app at work: its account lists it, and the events reach it as soon as it listens. */
export interface RunningOwnApp extends AppProcess, Listed {
  /** Without a slash at its end. */
  readonly url: string;
  /** The names of the environment variables that it got. */
  readonly settings: readonly string[];
}

const HOST = '127.0.0.1';
const LISTENING_WAIT_MS = 200;
/** Who has not ended by then is ended. */
const STOP_LIMIT_MS = 10_000;

/** Starts an app of one's own as `runExample` starts an example; its output names no secret of ours. */
export async function runOwnApp(
  service: StartedService,
  { app, directory, port, onLine, signal }: OwnAppOptions,
): Promise<RunningOwnApp> {
  const options = { port: port || (await freePort()), ...(signal && { signal }) };
  const { command, account, subscriber: name } = app;
  const listed = { account, subscriber: name };
  return runListed(service, listed, options, async (known, subscriber) => {
    const settings = { ...known, ...(await settingsBeyondNode(service)) };
    const child = await spawnCommand(command, directory, settings);
    for (const stream of [child.stdout, child.stderr]) eachLine(stream, onLine);
    const url = `http://${HOST}:${options.port}`;
    const running = { ...processOf(child), url, settings: Object.keys(settings) };
    void bringEvents(running, options.port, eventsUrl(url, settings), subscriber, onLine);
    return running;
  });
}

/** An app in another language trusts certificates by these, and may be unable to read a file each time. */
async function settingsBeyondNode(service: StartedService): Promise<AppSettings> {
  return {
    REQUESTS_CA_BUNDLE: service.caFile,
    SSL_CERT_FILE: service.caFile,
    TWINKEY_FUNCTION_KEY: await readFile(service.functionKeyFile, 'utf8'),
  };
}

/** In a group of its own: what stands between, as npx does, does not always pass signals on. */
async function spawnCommand(
  [command, ...args]: OwnApp['command'],
  cwd: string,
  settings: AppSettings,
): Promise<ChildProcess> {
  const env = { ...process.env, ...settings };
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  await once(child, 'spawn').catch(({ code }) => {
    throw new Error(
      `Expected a command that can be started in ${cwd}, found '${command}': ${code}.`,
    );
  });
  return child;
}

function processOf(child: ChildProcess): AppProcess {
  const { pid = 0 } = child;
  const exited = once(child, 'close').then(
    ([code, signal]): number | NodeJS.Signals => code ?? signal ?? 1,
  );
  const stop = async () => {
    signalGroup(pid, 'SIGTERM');
    const late = setTimeout(() => signalGroup(pid, 'SIGKILL'), STOP_LIMIT_MS);
    return exited.finally(() => clearTimeout(late));
  };
  return { pid, exited, stop };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it has ended.
  }
}

/** An app without events goes on by its polls: that they do not come is said, and ends nothing. */
async function bringEvents(
  app: AppProcess & { readonly url: string },
  port: number,
  url: string,
  subscriber: Subscriber,
  tell: (line: string) => void,
): Promise<void> {
  let hasEnded = false;
  void app.exited.then(() => {
    hasEnded = true;
  });
  while (!(await isListening(port))) {
    if (hasEnded) return;
    await sleep(LISTENING_WAIT_MS);
  }
  try {
    await subscriber.subscribe(url);
    tell(`(Event Grid now delivers to ${app.url}/events.)`);
  } catch {
    if (hasEnded) return;
    tell(
      `(No events: ${app.url}/events?code=<EVENTS_CODE> refused Event Grid's handshake, OPTIONS.)`,
    );
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The app has to be told one: where it listens shows in no output. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
