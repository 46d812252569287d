import { AzureAuthorityHosts } from '@azure/identity';

/**
 * What differs between Azure's clouds: everything that the service derives from `TWINKEY_CLOUD`.
 * Endpoints have no trailing slash; suffixes end host names and have no leading dot.
 *
 * What needs no figure here: Key Vault names the scope of its tokens itself, and is held to its own
 * host name; storage takes tokens for `https://storage.azure.com` in every cloud (those for
 * `storage.azure.us` and `storage.azure.cn` do not exist, Azure/azure-sdk-for-go#25542); an account's
 * endpoint comes from ARM; where telemetry goes stands in its connection string.
 */
export interface Cloud {
  /** Azure Resource Manager; `az cloud show --query endpoints.resourceManager`. */
  readonly armEndpoint: string;
  /** Token scope of ARM; it stays when the endpoint is overridden. */
  readonly armScope: string;
  /**
   * Where service principals get their tokens, from the SDK's own table; managed identities and
   * developers' tools know by themselves.
   */
  readonly authorityHost: string;
  /** Ends the host name of a storage account's Table service; `suffixes.storageEndpoint`. */
  readonly tableSuffix: string;
  /** Ends a vault's host name, and is the resource of its tokens; `suffixes.keyvaultDns`. */
  readonly vaultSuffix: string;
  /** Ends a topic's host name; Event Grid's private DNS zones say the same. */
  readonly topicSuffix: string;
  /**
   * Token scope of Event Grid. The SDK knows the public cloud's alone; the others are from Microsoft's
   * own command line for IoT Operations (Azure/azure-iot-ops-cli-extension, `cloud_config.py`).
   */
  readonly topicScope: string;
  /** Token scope of Application Insights' ingestion, from `KnownMonitorAudience` of @azure/monitor-ingestion. */
  readonly telemetryScope: string;
}

/** The clouds by the names that `TWINKEY_CLOUD` takes. */
export const CLOUDS = {
  public: {
    armEndpoint: 'https://management.azure.com',
    armScope: 'https://management.azure.com/.default',
    authorityHost: AzureAuthorityHosts.AzurePublicCloud,
    tableSuffix: 'table.core.windows.net',
    vaultSuffix: 'vault.azure.net',
    topicSuffix: 'eventgrid.azure.net',
    topicScope: 'https://eventgrid.azure.net/.default',
    telemetryScope: 'https://monitor.azure.com/.default',
  },
  usgovernment: {
    armEndpoint: 'https://management.usgovcloudapi.net',
    armScope: 'https://management.usgovcloudapi.net/.default',
    authorityHost: AzureAuthorityHosts.AzureGovernment,
    tableSuffix: 'table.core.usgovcloudapi.net',
    vaultSuffix: 'vault.usgovcloudapi.net',
    topicSuffix: 'eventgrid.azure.us',
    topicScope: 'https://eventgrid.azure.us/.default',
    telemetryScope: 'https://monitor.azure.us/.default',
  },
  china: {
    armEndpoint: 'https://management.chinacloudapi.cn',
    armScope: 'https://management.chinacloudapi.cn/.default',
    authorityHost: AzureAuthorityHosts.AzureChina,
    tableSuffix: 'table.core.chinacloudapi.cn',
    vaultSuffix: 'vault.azure.cn',
    topicSuffix: 'eventgrid.azure.cn',
    topicScope: 'https://eventgrid.azure.cn/.default',
    telemetryScope: 'https://monitor.azure.cn/.default',
  },
} as const satisfies Record<string, Cloud>;

/** A cloud's name. */
export type CloudName = keyof typeof CLOUDS;

/**
 * The cloud that a URL's host is in, by its suffix; undefined for any other host, such as a loopback
 * address or a name of one's own.
 */
export function cloudOf(url: string): CloudName | undefined {
  const { hostname } = new URL(url);
  const clouds: [string, Cloud][] = Object.entries(CLOUDS);
  return clouds.find(([, { armEndpoint, tableSuffix, vaultSuffix, topicSuffix }]) =>
    [new URL(armEndpoint).hostname, tableSuffix, vaultSuffix, topicSuffix].some(
      (suffix) => hostname === suffix || hostname.endsWith(`.${suffix}`),
    ),
  )?.[0] as CloudName | undefined;
}
