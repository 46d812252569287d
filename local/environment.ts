import { randomBytes, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AZURE_EVENT_TYPES } from '../shared/api/azureEvents.ts';
import {
  type AccountSpec,
  type FaultRule,
  type SimulatedAzure,
  type SimulatedAzureOptions,
  startSimulatedAzure,
} from './azure/index.ts';
import { type Azurite, type AzuriteOptions, startAzurite } from './azurite.ts';
import { type HostProcess, type SpawnHostOptions, spawnHost } from './host/spawn.ts';

export interface EnvironmentOptions {
  accounts: readonly AccountSpec[];
  /** Names of accounts that the service is told of; the others it finds by their tag, or not at all. */
  listed?: readonly string[];
  /** The service's settings beyond its addresses; they win over those. */
  settings?: Record<string, string>;
  faults?: readonly FaultRule[];
  /** Whether the service sends its telemetry to the simulated Application Insights. */
  telemetry?: boolean;
  azurePorts?: NonNullable<SimulatedAzureOptions['ports']>;
  /** Azure's throttles; default: its published figures. */
  throttles?: NonNullable<SimulatedAzureOptions['throttles']>;
  /** The same seed gives the same keys and faults; default: 1. */
  seed?: number;
  /** Pattern of the app's files, from the project's folder; default: its sources. */
  app?: string;
  /** The HTTP API's port; default: a free one. */
  port?: number;
  /** Further arguments of the Functions host. */
  hostArguments?: string[];
  /** Told of every line that the host prints. */
  onHostLine?: (line: string) => void;
  /** Told of every request to storage. */
  onStorageRequest?: AzuriteOptions['onRequest'];
}

/** The whole service on this machine: storage, Azure, and the production app in a Functions host. */
export interface Environment {
  readonly azure: SimulatedAzure;
  readonly azurite: Azurite;
  readonly vaultUrl: string;
  /** What `x-functions-key` has to be. */
  readonly functionKey: string;
  /** Holds it for people, who are never shown it; gone when the environment ends. */
  readonly functionKeyFile: string;
  /** Lets a process reach the simulated Azure with the real SDKs and a managed identity. */
  readonly clientSettings: Readonly<Record<string, string>>;
  /** The Functions host; another one after `restartHost`. */
  readonly host: HostProcess;
  /** Starts a host, of the same settings but for those given, after the last one ended. */
  restartHost(settings?: Readonly<Record<string, string>>): Promise<HostProcess>;
  /** Starts one more instance of the same app beside those that run, on a free port. */
  addHost(): Promise<HostProcess>;
  /** Ends all of it; doing so twice is fine. */
  stop(): Promise<void>;
}

/** The one vault of the simulated Azure. */
export const VAULT = 'main';

/** Starts everything. Rejects with nothing left running when a part does not start. */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    const azurite = await startAzurite({ onRequest: options.onStorageRequest });
    stops.push(() => azurite.stop());
    const azure = await startAzure(options);
    const folder = dirname(azure.caFile);
    stops.push(removedAtExit(folder));
    stops.push(() => azure.close());
    const functionKey = randomBytes(16).toString('hex');
    const functionKeyFile = join(folder, 'function-key');
    await writeFile(functionKeyFile, functionKey, { mode: 0o600 });
    const hostOptions = hostOptionsOf(options, azure, azurite, functionKey);
    let host = await spawnHost(hostOptions);
    stops.push(() => host.stop());
    await listenToAzure(azure, host, functionKey);
    return {
      azure,
      azurite,
      vaultUrl: vaultUrlOf(azure),
      functionKey,
      functionKeyFile,
      clientSettings: clientSettingsOf(azure),
      get host() {
        return host;
      },
      restartHost: async (settings) => {
        const changed = { ...hostOptions.settings, ...settings };
        host = await spawnHost({ ...hostOptions, settings: changed });
        await listenToAzure(azure, host, functionKey);
        return host;
      },
      addHost: async () => {
        const { port: _taken, ...another } = hostOptions;
        const added = await spawnHost(another);
        stops.push(() => added.stop());
        return added;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Subscribes the app's functions to the events of Azure's own services, as its deployment does. */
async function listenToAzure(azure: SimulatedAzure, { url }: HostProcess, key: string) {
  for (const [name, eventTypes] of Object.entries(AZURE_EVENTS)) {
    const endpoint = `${url}/runtime/webhooks/EventGrid?functionName=${name}&code=${key}`;
    if (!(await azure.subscribeToSystem({ name, endpoint, eventTypes }))) {
      throw new Error(`The function ${name} did not agree to take Azure's events.`);
    }
  }
}

const AZURE_EVENTS = {
  onVaultEvent: [AZURE_EVENT_TYPES.secretNearExpiry, AZURE_EVENT_TYPES.secretNewVersion],
  onResourceEvent: [AZURE_EVENT_TYPES.actionSuccess],
} as const;

/** A process that is ended at once, by a second Ctrl-C, must not leave a key on the disk either. */
function removedAtExit(folder: string): () => Promise<void> {
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  return async () => {
    process.off('exit', remove);
  };
}

function startAzure(options: EnvironmentOptions) {
  const { accounts, faults = [], azurePorts = {}, throttles, seed = 1 } = options;
  return startSimulatedAzure({
    accounts,
    faults,
    ports: azurePorts,
    vaults: [VAULT],
    seed,
    ...(throttles && { throttles }),
  });
}

function hostOptionsOf(
  options: EnvironmentOptions,
  azure: SimulatedAzure,
  azurite: Azurite,
  functionKey: string,
): SpawnHostOptions {
  const { listed = [], app = 'functions/*.ts', port, onHostLine, hostArguments = [] } = options;
  const ids = azure.model.accounts.all().filter(({ name }) => listed.includes(name));
  return {
    app,
    directory: ROOT,
    functionKey,
    arguments: ['--log', 'json', '--max-polling-interval-ms', '200', ...hostArguments],
    ...(port && { port }),
    ...(onHostLine && { onLine: onHostLine }),
    settings: {
      ...clientSettingsOf(azure),
      AzureWebJobsStorage: azurite.connectionString,
      TWINKEY_DEPLOYMENT: 'local',
      TWINKEY_QUEUE: 'twinkey-passes',
      TWINKEY_ACCOUNTS: ids.map(({ id }) => id).join(','),
      TWINKEY_SUBSCRIPTIONS: azure.model.subscription,
      TWINKEY_VAULT_URL: vaultUrlOf(azure),
      TWINKEY_TOPIC_ENDPOINT: azure.topicEndpoint,
      // So it knows its own deeds among Azure's events.
      AZURE_CLIENT_ID: randomUUID(),
      TWINKEY_ARM_ENDPOINT: azure.armEndpoint,
      // A simulated vault's host is a loopback address, not one of a cloud's vaults.
      TWINKEY_VERIFY_VAULT_HOST: 'false',
      ...(options.telemetry && telemetrySettingsOf(azure)),
      ...options.settings,
    },
  };
}

/** As the deployment sets them: Entra ingestion with the system-assigned identity. */
function telemetrySettingsOf(azure: SimulatedAzure): Record<string, string> {
  return {
    APPLICATIONINSIGHTS_CONNECTION_STRING: azure.applicationInsightsConnectionString,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD',
  };
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function vaultUrlOf(azure: SimulatedAzure): string {
  const url = azure.vaultUrls[VAULT];
  if (!url) throw new Error(`Expected the simulated Azure to have a vault '${VAULT}'.`);
  return url;
}

/**
 * What lets a process reach a simulated Azure. An identity of the developer's own, or a proxy, has no
 * business there.
 */
export function clientSettingsOf({
  identityEndpoint,
  identityHeader,
  caFile,
}: Pick<SimulatedAzure, 'identityEndpoint' | 'identityHeader' | 'caFile'>): Record<string, string> {
  return {
    IDENTITY_ENDPOINT: identityEndpoint,
    IDENTITY_HEADER: identityHeader,
    NODE_EXTRA_CA_CERTS: caFile,
    AZURE_CLIENT_ID: '',
    NO_PROXY: '127.0.0.1',
  };
}
