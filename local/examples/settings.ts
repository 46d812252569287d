import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountView } from '../../shared/api/views.ts';
import { clientSettingsOf } from '../environment.ts';
import type { StartedService } from './startedService.ts';
import type { Subscriber } from './subscriber.ts';

/** The service looks at an account every few seconds. */
const ACCOUNT_LIMIT_MS = 60_000;
const ACCOUNT_WAIT_MS = 250;

/** What an app is told by its environment: the names that the examples read. */
export type AppSettings = Readonly<Record<string, string>>;

/**
 * An app's settings, as soon as it can be started: until there is a secret it has no key, and until the
 * service knows it as a subscriber its acknowledgements are refused.
 */
export async function settingsOnceKnown(
  service: StartedService,
  accountName: string,
  subscriber: Subscriber,
  options: { readonly port: number; readonly signal: AbortSignal | undefined },
): Promise<AppSettings & { readonly EVENTS_CODE: string }> {
  const secretUrl = await untilAccount(service, accountName, options.signal, (view) => {
    const isKnown = view.policy?.subscribers.includes(subscriber.name);
    return view.activeSlot && isKnown ? view.secretUrl : null;
  });
  return {
    ...(await simulationSettings(service)),
    ...secretSettings(secretUrl),
    AI_ENDPOINT: subscriber.account.endpoint,
    AI_REGION: subscriber.account.location,
    AZURE_OPENAI_DEPLOYMENT: 'demo',
    TWINKEY_SUBSCRIBER: subscriber.name,
    TWINKEY_API_URL: service.apiUrl,
    TWINKEY_FUNCTION_KEY_FILE: service.functionKeyFile,
    EVENTS_CODE: randomBytes(16).toString('hex'),
    HOST: '127.0.0.1',
    PORT: String(options.port),
  };
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
