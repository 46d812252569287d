import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FOLDER_PREFIX } from '../azure/index.ts';
import type { Environment } from '../environment.ts';

/** What another process has to know to use a service that runs on this machine. Holds no secret. */
export interface StartedService {
  readonly pid: number;
  readonly apiUrl: string;
  readonly armEndpoint: string;
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly topicId: string;
  readonly identityEndpoint: string;
  readonly caFile: string;
  /** What these two hold opens the API and the managed identity. */
  readonly functionKeyFile: string;
  readonly identityHeaderFile: string;
}

const FILE = 'service.json';

/** Says how other processes of this user find an environment, until it ends. */
export async function announceService(environment: Environment): Promise<void> {
  const service = await describeService(environment);
  const file = join(dirname(service.functionKeyFile), FILE);
  await writeFile(file, JSON.stringify(service), { mode: 0o600 });
}

/** An environment for another process; its files go when the environment ends. */
export async function describeService(environment: Environment): Promise<StartedService> {
  const { azure, host, functionKeyFile } = environment;
  const { armEndpoint, topicId, identityEndpoint, identityHeader, caFile, model } = azure;
  const service: StartedService = {
    pid: process.pid,
    apiUrl: `${host.url}/api`,
    armEndpoint,
    subscription: model.subscription,
    resourceGroup: model.resourceGroup,
    topicId,
    identityEndpoint,
    caFile,
    functionKeyFile,
    identityHeaderFile: join(dirname(functionKeyFile), 'identity-header'),
  };
  await writeFile(service.identityHeaderFile, identityHeader, { mode: 0o600 });
  return service;
}

/** The one service that runs, or that at `url`; throws, with words for a person, when there is none. */
export function chooseService(url?: string, temporary?: string): StartedService {
  const found = findServices(temporary).filter(({ apiUrl }) => url === undefined || apiUrl === url);
  const [service, another] = found;
  if (!service) {
    const where = url === undefined ? '' : ` at ${url}`;
    throw new Error(
      `Expected a running 'npm start'${where}, found none. ` +
        'Start it in another terminal, and wait until it shows its addresses.',
    );
  }
  if (another) {
    const urls = found.map(({ apiUrl }) => apiUrl).join(' and ');
    throw new Error(`Expected one running 'npm start', found ${urls}. Choose one with --url.`);
  }
  return service;
}

/** All services of this user that are announced and run. */
export function findServices(temporary: string = tmpdir()): StartedService[] {
  return readdirSync(temporary)
    .filter((name) => name.startsWith(FOLDER_PREFIX))
    .flatMap((name) => readService(join(temporary, name)))
    .filter(({ pid }) => isRunning(pid));
}

/** What others put into a folder that all may write to is not believed. */
function readService(folder: string): StartedService[] {
  try {
    if (statSync(folder).uid !== (process.getuid?.() ?? 0)) return [];
    return [JSON.parse(readFileSync(join(folder, FILE), 'utf8'))];
  } catch {
    // Not announced, or removed while it was being looked at.
    return [];
  }
}

/** Whether there is such a process. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
