import { readSettings } from '../../shared/azure/settings.ts';
import { LANG, subscriptionId } from './fixtures.ts';

/** What an identity endpoint is shown, and must not be shown to anybody else. */
export const HEADER = 'header-of-the-identity-endpoint';
/** Must not be in any message. */
export const SECRET = 'se~cret-of-the-principal';
/** A service principal's, or a user-assigned identity's. */
export const CLIENT = subscriptionId(6);
export const TENANT = subscriptionId(5);
/** What App Service sets in an app that has an identity. */
export const IN_AZURE = {
  IDENTITY_ENDPOINT: 'http://127.0.0.1/msi/token',
  IDENTITY_HEADER: HEADER,
};
export const PRINCIPAL = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT };

/** The settings of a deployment that says nothing of its credential. */
export const SETTINGS = {
  TWINKEY_DEPLOYMENT: 'demo',
  TWINKEY_ACCOUNTS: LANG,
  TWINKEY_VAULT_URL: 'https://contoso.vault.azure.net',
  TWINKEY_TOPIC_ENDPOINT: 'https://contoso.westeurope-1.eventgrid.azure.net/api/events',
  TWINKEY_QUEUE: 'twinkey-passes',
  TWINKEY_TICK_SCHEDULE: '0 * * * * *',
  AzureWebJobsStorage__accountName: 'store',
};

/** These settings with `env`, read. */
export function givenSettings(env: Record<string, string>) {
  return readSettings({ ...SETTINGS, ...env });
}
