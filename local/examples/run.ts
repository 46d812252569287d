import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountView } from '../../shared/api/views.ts';
import { clientSettingsOf } from '../environment.ts';
import type { Example } from './catalogue.ts';
import { type ExampleProcess, spawnExample } from './exampleProcess.ts';
import { isRunning, type StartedService } from './startedService.ts';
import { type Subscriber, subscriberOf } from './subscriber.ts';

/** The service looks at an account every few seconds. */
const ACCOUNT_LIMIT_MS = 60_000;
const ACCOUNT_WAIT_MS = 250;

export interface ExampleOptions {
  readonly example: Pick<Example, 'name' | 'account'>;
  /** Of the example's web service; 0: any free one. */
  readonly port: number;
  /** Told of every line that the example prints. */
  readonly onLine: (line: string) => void;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

/** An example at work: its account lists it, and the events reach it. */
export interface RunningExample extends ExampleProcess {
  readonly account: string;
  /** The app's name, for acknowledgements. */
  readonly subscriber: string;
}

/**
 * Starts an example against a service, and sets it up as its account's owner would. Rejects with
 * nothing left running or set up.
 */
export async function runExample(
  service: StartedService,
  options: ExampleOptions,
): Promise<RunningExample> {
  const { name, account } = options.example;
  const subscriber = await subscriberOf(service, account, `example-${name}`);
  // A service that has ended has forgotten the app by itself.
  const leave = async () => {
    if (isRunning(service.pid)) await subscriber.leave().catch(() => {});
  };
  try {
    const child = await startListed(service, subscriber, options);
    const stop = async () => {
      const [code] = await Promise.all([child.stop(), leave()]);
      return code;
    };
    return { ...child, stop, account, subscriber: subscriber.name };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function startListed(
  service: StartedService,
  subscriber: Subscriber,
  { example, port, onLine, signal }: ExampleOptions,
): Promise<ExampleProcess> {
  await subscriber.list();
  // Until there is a secret, the app cannot start; until the service knows it, it refuses its
  // acknowledgements.
  const secretUrl = await untilAccount(service, example.account, signal, (view) => {
    const isKnown = view.policy?.subscribers.includes(subscriber.name);
    return view.activeSlot && isKnown ? view.secretUrl : null;
  });
  const eventsCode = randomBytes(16).toString('hex');
  const settings = {
    ...(await simulationSettings(service)),
    ...secretSettings(secretUrl),
    AI_ENDPOINT: subscriber.account.endpoint,
    AI_REGION: subscriber.account.location,
    AZURE_OPENAI_DEPLOYMENT: 'demo',
    TWINKEY_SUBSCRIBER: subscriber.name,
    TWINKEY_API_URL: service.apiUrl,
    TWINKEY_FUNCTION_KEY_FILE: service.functionKeyFile,
    EVENTS_CODE: eventsCode,
    HOST: '127.0.0.1',
    PORT: String(port),
  };
  const child = await spawnExample({ name: example.name, settings, onLine });
  try {
    await subscriber.subscribe(`${child.url}/events?code=${eventsCode}`);
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** What stands for Azure's own settings: nothing of it is there in production. */
async function simulationSettings(service: StartedService): Promise<Record<string, string>> {
  const identityHeader = await readFile(service.identityHeaderFile, 'utf8');
  return {
    ...clientSettingsOf({ ...service, identityHeader }),
    // A simulated vault's host is a loopback address, not one of a cloud's vaults.
    KEY_VAULT_VERIFY: 'false',
    // The openai package reads it by itself; a developer's own would lead elsewhere.
    OPENAI_BASE_URL: '',
  };
}

/** `https://<vault>/secrets/<name>` in its parts. */
function secretSettings(secretUrl: string): Record<string, string> {
  const { origin, pathname } = new URL(secretUrl);
  return { KEY_VAULT_URL: origin, KEY_SECRET_NAME: pathname.split('/')[2] ?? '' };
}

/** What `find` finds in the account as the service's API shows it, as soon as it finds something. */
async function untilAccount<T>(
  service: StartedService,
  accountName: string,
  signal: AbortSignal | undefined,
  find: (account: AccountView) => T | null,
): Promise<T> {
  const { apiUrl, subscription, resourceGroup, functionKeyFile } = service;
  const path = `accounts/${subscription}/${resourceGroup}/${accountName}`;
  const headers = { 'x-functions-key': await readFile(functionKeyFile, 'utf8') };
  const deadline = Date.now() + ACCOUNT_LIMIT_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${apiUrl}/${path}`, { headers, signal: signal ?? null });
    const found = response.ok ? find((await response.json()) as AccountView) : null;
    if (found !== null) return found;
    await sleep(ACCOUNT_WAIT_MS, undefined, { signal });
  }
  throw new Error(`Expected ${accountName} to be ready for an app: see its status.`);
}
