import { AzureAuthorityHosts } from '@azure/identity';

/** What differs between Azure's clouds. Endpoints have no trailing slash. */
export interface Cloud {
  readonly armEndpoint: string;
  /** Token scope of ARM; it stays when the endpoint is overridden. */
  readonly armScope: string;
  /** Where tokens come from on a developer's machine; managed identities know by themselves. */
  readonly authorityHost: string;
  /** Ends the host name of a storage account's Table service. */
  readonly tableSuffix: string;
}

/** The clouds by the names that `TWINKEY_CLOUD` takes. Key Vault and Event Grid come as full URLs. */
export const CLOUDS = {
  public: {
    armEndpoint: 'https://management.azure.com',
    armScope: 'https://management.azure.com/.default',
    authorityHost: AzureAuthorityHosts.AzurePublicCloud,
    tableSuffix: 'table.core.windows.net',
  },
  usgovernment: {
    armEndpoint: 'https://management.usgovcloudapi.net',
    armScope: 'https://management.usgovcloudapi.net/.default',
    authorityHost: AzureAuthorityHosts.AzureGovernment,
    tableSuffix: 'table.core.usgovcloudapi.net',
  },
  china: {
    armEndpoint: 'https://management.chinacloudapi.cn',
    armScope: 'https://management.chinacloudapi.cn/.default',
    authorityHost: AzureAuthorityHosts.AzureChina,
    tableSuffix: 'table.core.chinacloudapi.cn',
  },
} as const satisfies Record<string, Cloud>;
