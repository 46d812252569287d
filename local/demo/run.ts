import { type AppProcess, spawnApp } from '../apps/appProcess.ts';
import type { AppAccount, AppAcknowledgement } from '../apps/messages.ts';
import { faultPresets } from '../azure/index.ts';
import type { Vault } from '../azure/model/vault.ts';
import { type Environment, startEnvironment, VAULT } from '../environment.ts';
import { askedBy } from './acknowledgements.ts';
import { ActiveKeyGuard } from './activeKeyGuard.ts';
import type { DemoOptions } from './options.ts';
import { ACCOUNTS, LISTED, type Pace, ROTATABLE, SUBSCRIBER, secretNameOf } from './scenario.ts';

/** The demo under way: the environment, the apps that call its accounts, and the guard. */
export interface DemoRun {
  readonly environment: Environment;
  readonly vault: Vault;
  readonly apps: readonly DemoApp[];
  readonly guard: ActiveKeyGuard;
  /** Unexpected output: the apps should print nothing. */
  readonly appOutput: readonly string[];
  /** Ends the apps after their last requests, and the service after them; twice is fine. */
  stop(): Promise<void>;
  /** Ends the apps alone: their counters are complete then. */
  stopApps(): Promise<void>;
}

/** A demo app with the name that it goes by. */
export interface DemoApp extends AppProcess {
  readonly name: 'reloads on events' | 'polls';
}

/** Starts it all. Rejects with nothing left running when a part does not start. */
export async function startRun(
  options: DemoOptions,
  pace: Pace,
  onHostLine: (line: string) => void,
): Promise<DemoRun> {
  const environment = await startEnvironment({
    ...(options.bundle && { app: 'dist/app.mjs' }),
    accounts: ACCOUNTS,
    listed: LISTED,
    settings: pace.settings,
    faults: options.faults ? faultPresets.rough : [],
    azurePorts: { arm: options.armPort, vaults: { [VAULT]: options.vaultPort } },
    port: options.port,
    // Ctrl-C ends the storage at the same moment, and then there is nothing to wait for.
    hostArguments: ['--drain-seconds', '2'],
    onHostLine,
  });
  const { azure } = environment;
  const vault = azure.model.vaults.get(VAULT) as Vault;
  const appOutput: string[] = [];
  const apps: DemoApp[] = [];
  const stopApps = async () => {
    await Promise.all(apps.map((app) => app.stop()));
  };
  const stop = async () => {
    await stopApps();
    await environment.stop();
  };
  try {
    apps.push(await startApp(EVENT_APP, environment, (line) => appOutput.push(line)));
    const pollApp = { ...POLL_APP, pollIntervalMs: pace.pollIntervalMs };
    apps.push(await startApp(pollApp, environment, (line) => appOutput.push(line)));
    const guard = new ActiveKeyGuard(azure.model, vault, guardedAccounts(environment));
    return { environment, vault, apps, guard, appOutput, stop, stopApps };
  } catch (error) {
    await stop();
    throw error;
  }
}

type AppChoice = Pick<DemoApp, 'name'> & {
  app: 'eventApp' | 'pollApp';
  pollIntervalMs: number;
  subscriber: string | null;
};

/** By its polling alone this one would be far too late. */
const EVENT_APP: AppChoice = {
  name: 'reloads on events',
  app: 'eventApp',
  pollIntervalMs: 10 * 60_000,
  subscriber: SUBSCRIBER,
};

/** Without events there is nothing to acknowledge. */
const POLL_APP = { name: 'polls', app: 'pollApp', subscriber: null } as const;

async function startApp(
  { name, app, pollIntervalMs, subscriber }: AppChoice,
  environment: Environment,
  onLine: (line: string) => void,
): Promise<DemoApp> {
  const { vaultUrl, clientSettings: settings, azure } = environment;
  const accounts = appAccounts(environment, subscriber);
  const configuration = {
    ...({ type: 'start', vaultUrl, pollIntervalMs } as const),
    accounts,
    ...(subscriber !== null && { acknowledgement: acknowledgementBy(subscriber, environment) }),
  };
  const started = await spawnApp({ app, configuration, settings, onLine });
  const endpoint = started.webhookUrl;
  if (endpoint && !(await azure.subscribe({ name: 'demo-app', endpoint }))) {
    await started.stop();
    throw new Error(`The demo app's webhook ${endpoint} did not agree to take events.`);
  }
  return { ...started, name };
}

/** The function key itself goes neither over a command line nor through a message. */
function acknowledgementBy(subscriber: string, environment: Environment): AppAcknowledgement {
  const { host, functionKeyFile } = environment;
  return { subscriber, apiUrl: `${host.url}/api`, functionKeyFile };
}

function appAccounts({ azure }: Environment, subscriber: string | null): AppAccount[] {
  const rotatable = new Set(ROTATABLE.map(({ name }) => name));
  return azure.model.accounts
    .all()
    .filter(({ name }) => rotatable.has(name))
    .map(({ name, kind, location, endpoint, tags }) => {
      const acknowledges = subscriber !== null && askedBy(tags).subscribers.includes(subscriber);
      return { name, kind, location, endpoint, secretName: secretNameOf(name), acknowledges };
    });
}

function guardedAccounts({ azure }: Environment) {
  return azure.model.accounts.all().map(({ id, name }) => {
    return { id, name, secretName: secretNameOf(name) };
  });
}
