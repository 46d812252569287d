import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { TokenCredential } from '@azure/core-auth';
import {
  type SimulatedAzure,
  type SimulatedAzureOptions,
  startSimulatedAzure,
} from '../../local/azure/index.ts';
import { ArmAccounts, type ArmAccountsOptions } from '../../shared/azure/accounts.ts';
import { VaultSecrets, type VaultSecretsOptions } from '../../shared/azure/secrets.ts';
import type { Account } from '../../shared/core/observation.ts';

export const LANG = accountId('lang');
/** The simulated Azure's clock stands still; so does the one that deadlines are held against. */
export const NOW = Date.UTC(2026, 0, 15, 12);
/** Long enough for a loopback answer on a busy machine. */
const PATIENT_MS = 20_000;
/** For servers that never answer. */
export const HASTY_MS = 300;

let closing: (() => Promise<void>)[] = [];

/** Ends what a test has started. */
export async function endAll(): Promise<void> {
  const all = closing;
  closing = [];
  await Promise.all(all.map((close) => close()));
}

/** Ends with the test. */
export function onEnd(close: () => Promise<void>): void {
  closing.push(close);
}

export function accountId(name: string, subscription = subscriptionId(1)): string {
  return `/subscriptions/${subscription}/resourcegroups/demo/providers/microsoft.cognitiveservices/accounts/${name}`;
}

export function subscriptionId(n: number): string {
  return `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`;
}

export async function givenAzure(options: SimulatedAzureOptions = {}) {
  const azure = await startSimulatedAzure({ accounts: [{ name: 'lang' }], ...options });
  onEnd(() => azure.close());
  const vaultUrl = String(azure.vaultUrls['main']);
  const common = { callTimeoutMs: PATIENT_MS, clock: { now: () => NOW } };
  return {
    azure,
    vaultUrl,
    ref: { vaultUrl, name: 'lang-key' },
    credential: credentialOf(azure),
    accounts: (changes: Partial<ArmAccountsOptions> = {}) =>
      new ArmAccounts({
        accountIds: [],
        subscriptionIds: [],
        armEndpoint: azure.armEndpoint,
        armScope: 'https://management.azure.com/.default',
        credential: credentialOf(azure),
        ...common,
        ...changes,
      }),
    secrets: (changes: Partial<VaultSecretsOptions> = {}) =>
      new VaultSecrets({
        credential: credentialOf(azure),
        verifyVaultHost: false,
        ...common,
        ...changes,
      }),
  };
}

/** Issues tokens of the simulated Azure; `before` runs ahead of each. */
export function credentialOf(
  azure: SimulatedAzure,
  before: () => void | Promise<void> = () => {},
): TokenCredential {
  return {
    getToken: async (scopes) => {
      await before();
      const [scope] = [scopes].flat();
      const issued = azure.model.tokens.issue(String(scope).replace(/\/\.default$/, ''));
      return { token: issued.token, expiresOnTimestamp: issued.expiresOn * 1000 };
    },
  };
}

export function givenAccount(changes: Partial<Account> = {}): Account {
  return {
    id: LANG,
    name: 'lang',
    kind: 'TextAnalytics',
    location: 'westeurope',
    endpoint: 'https://127.0.0.1:1',
    tags: {},
    provisioningState: 'Succeeded',
    keyless: false,
    networkRestricted: false,
    customSubdomain: true,
    ...changes,
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Another way to the same server; `connected` runs before each connection is answered. */
export async function givenDetour(endpoint: string, connected: () => void): Promise<string> {
  const { port, hostname } = new URL(endpoint);
  const server = createServer((incoming) => {
    connected();
    const outgoing = connect(Number(port), hostname);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onEnd(async () => void server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
