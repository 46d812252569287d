import { useInstrumenter } from '@azure/core-tracing';
import { type SimulatedAzure, startSimulatedAzure } from '../../local/azure/index.ts';
import { type Azurite, startAzurite } from '../../local/azurite.ts';
import { TO_CHECK } from '../../local/demo/scenario.ts';
import { createService } from '../../shared/azure/service.ts';
import { readSettings } from '../../shared/azure/settings.ts';
import { instrumenterOf } from '../../shared/azure/telemetry/instrumenter.ts';
import { Recorder } from '../../shared/azure/telemetry/recorder.ts';
import type { Recorded } from '../../shared/azure/telemetry/recording.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';

/** The service's own adapters over the wire, in this process, with each of their requests seen. */
export interface Wire {
  readonly azure: SimulatedAzure;
  readonly azurite: Azurite;
  readonly dependencies: Dependencies;
  /** Runs `work` and returns the requests that it made, retries and tokens included. */
  requestsOf(work: () => Promise<unknown>): Promise<WireRequest[]>;
  stop(): Promise<void>;
}

/** One request as it went out. */
export interface WireRequest {
  readonly service: ServiceName;
  /** Method and the end of the path. */
  readonly operation: string;
}

const SERVICES = [
  'Resource Manager',
  'Key Vault',
  'Event Grid',
  'Table Storage',
  'data plane',
  'managed identity',
] as const;

/** Whom a request goes to. */
export type ServiceName = (typeof SERVICES)[number];

/**
 * Starts Azurite, a simulated Azure with these accounts, all of them listed, and the service's
 * adapters with the real SDKs. The process trusts any certificate from then on: nothing but loopback
 * is called.
 */
export async function startWire(
  names: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Wire> {
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  const azurite = await startAzurite();
  const azure = await startSimulatedAzure({
    accounts: names.map((name) => ({ name, kind: 'TextAnalytics' })),
  });
  const env = { ...settingsOf(azure, azurite), ...settings };
  Object.assign(process.env, env);
  let recorded: Recorded | undefined;
  const send = (one: Recorded) => {
    recorded = one;
  };
  const recorder = new Recorder(async () => ({ send, flush: async () => {} }), console.warn);
  useInstrumenter(instrumenterOf(recorder));
  return {
    azure,
    azurite,
    dependencies: {
      ...createService(readSettings(env)),
      telemetry: { record: () => {} },
    },
    requestsOf: async (work) => {
      await recorder.record('work', undefined, work);
      await recorder.flush();
      const calls = recorded?.spans.filter(({ kind }) => kind === 'client') ?? [];
      return calls.map(({ attributes }) =>
        request(azure, azurite, `${attributes['http.method']}`, `${attributes['http.url']}`),
      );
    },
    stop: async () => {
      await azure.close();
      await azurite.stop();
    },
  };
}

function settingsOf(azure: SimulatedAzure, azurite: Azurite): Record<string, string> {
  return {
    ...TO_CHECK.settings,
    IDENTITY_ENDPOINT: azure.identityEndpoint,
    IDENTITY_HEADER: azure.identityHeader,
    AzureWebJobsStorage: azurite.connectionString,
    TWINKEY_DEPLOYMENT: 'bench',
    TWINKEY_QUEUE: 'twinkey-passes',
    TWINKEY_ACCOUNTS: azure.model.accounts
      .all()
      .map(({ id }) => id)
      .join(','),
    TWINKEY_VAULT_URL: azure.vaultUrls['main'] ?? '',
    TWINKEY_VERIFY_VAULT_HOST: 'false',
    TWINKEY_TOPIC_ENDPOINT: azure.topicEndpoint,
    TWINKEY_ARM_ENDPOINT: azure.armEndpoint,
  };
}

function request(azure: SimulatedAzure, azurite: Azurite, method: string, text: string) {
  const url = new URL(text);
  const origins: Readonly<Record<string, ServiceName>> = {
    [azure.armEndpoint]: 'Resource Manager',
    [azure.vaultUrls['main'] ?? '']: 'Key Vault',
    [new URL(azure.topicEndpoint).origin]: 'Event Grid',
    [new URL(azure.identityEndpoint).origin]: 'managed identity',
  };
  const isTable = azurite.connectionString.includes(`TableEndpoint=${url.origin}/`);
  const service = origins[url.origin] ?? (isTable ? 'Table Storage' : 'data plane');
  return { service, operation: `${method} ${url.pathname.split('/').at(-1)}` };
}

/** How often each key occurs. */
export function countBy<T, K extends string>(
  all: readonly T[],
  key: (one: T) => K,
): Record<K, number> {
  const counts = {} as Record<K, number>;
  for (const one of all) counts[key(one)] = (counts[key(one)] ?? 0) + 1;
  return counts;
}
