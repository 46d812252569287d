import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { END_WITH_PARENT } from './endWithParent.ts';
import { eachLine } from './lines.ts';

export interface AzuriteOptions {
  /** Default 0: free ports. */
  blobPort?: number;
  queuePort?: number;
  tablePort?: number;
  /** Told of every request to any of the three, when it was answered. */
  onRequest?: ((request: StorageRequest) => void) | undefined;
}

/** A request to storage; its URL begins with the emulator's account. */
export interface StorageRequest {
  readonly method: string;
  readonly url: string;
}

/** A running storage emulator with nothing in it. */
export interface Azurite {
  /** For `AzureWebJobsStorage` and the storage SDKs: blobs, queues and tables. */
  connectionString: string;
  pid: number;
  stop(): Promise<void>;
}

/** The emulator's account, the same in every Azurite and published with it: not a secret. */
const ACCOUNT_NAME = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const SERVICES = ['Blob', 'Queue', 'Table'] as const;
type Service = (typeof SERVICES)[number];

/** Starts Azurite in memory, reachable from this machine only; it ends with this process. */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const { blobPort = 0, queuePort = 0, tablePort = 0, onRequest } = options;
  const script = fileURLToPath(import.meta.resolve('azurite/dist/src/azurite.js'));
  const hosts = SERVICES.flatMap((name) => [`--${name.toLowerCase()}Host`, '127.0.0.1']);
  const ports = ['--blobPort', blobPort, '--queuePort', queuePort, '--tablePort', tablePort];
  const flags = ['inMemoryPersistence', 'disableTelemetry', 'skipApiVersionCheck'];
  if (!onRequest) flags.push('silent');
  const child = spawn(
    process.execPath,
    [
      ...['--import', END_WITH_PARENT, script, ...hosts, ...ports.map(String)],
      ...flags.map((flag) => `--${flag}`),
    ],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const endpoints = await announcedEndpoints(child, exited, onRequest);
  return {
    connectionString: connectionString(endpoints),
    pid: child.pid ?? 0,
    stop: async () => {
      // Nothing is kept, so there is nothing to close in order.
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A line of the access log. */
const ACCESS = / "([A-Z]+) (\S+) HTTP\/[\d.]+" /;

async function announcedEndpoints(
  child: ChildProcess,
  exited: Promise<void>,
  onRequest: AzuriteOptions['onRequest'],
): Promise<Record<Service, string>> {
  const found: Partial<Record<Service, string>> = {};
  const output: string[] = [];
  const complete = new Promise<Record<Service, string>>((resolve) => {
    eachLine(child.stdout, (line) => {
      const [, method, url] = ACCESS.exec(line) ?? [];
      if (method && url) return onRequest?.({ method, url });
      output.push(line);
      const match = /Azurite (Blob|Queue|Table) service .* listening at (http:\S+)/.exec(line);
      if (match) found[match[1] as Service] = match[2] as string;
      const { Blob, Queue, Table } = found;
      if (Blob && Queue && Table) resolve({ Blob, Queue, Table });
    });
  });
  eachLine(child.stderr, (line) => output.push(line));
  const failed = exited.then(() =>
    Promise.reject(new Error(`Azurite did not start: ${output.join('\n')}`)),
  );
  return Promise.race([complete, failed]);
}

function connectionString(endpoints: Record<Service, string>): string {
  const parts = SERVICES.map((name) => `${name}Endpoint=${endpoints[name]}/${ACCOUNT_NAME}`);
  const account = `AccountName=${ACCOUNT_NAME};AccountKey=${ACCOUNT_KEY}`;
  return `DefaultEndpointsProtocol=http;${account};${parts.join(';')};`;
}
