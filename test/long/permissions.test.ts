import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { StorageRequest } from '../../local/azurite.ts';
import { secretNameOf } from '../../local/demo/scenario.ts';
import { VAULT } from '../../local/environment.ts';
import { accountPath } from '../../shared/core/accountPath.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { givenEnvironment } from '../e2e/environment.ts';
import { grantOf } from './storagePermissions.ts';

const NAME = 'contoso-language';

interface Role {
  readonly actions: readonly { readonly action: string }[];
  readonly dataActions: readonly { readonly action: string }[];
}

const roles: {
  custom: Record<string, Role>;
  builtIn: Record<string, { readonly name: string; readonly scope: string }>;
} = JSON.parse(readFileSync('infra/roles.json', 'utf8'));

/** What the host alone does, and the service never. */
const BY_THE_HOST = [roles.builtIn['blobOwner']?.name];

/** The permission that Azure asks for at each operation of the simulated one. */
const NEEDED: Readonly<Record<string, string | undefined>> = {
  listAccounts: 'Microsoft.CognitiveServices/accounts/read',
  getAccount: 'Microsoft.CognitiveServices/accounts/read',
  listKeys: 'Microsoft.CognitiveServices/accounts/listKeys/action',
  regenerateKey: 'Microsoft.CognitiveServices/accounts/regenerateKey/action',
  updateAccount: 'Microsoft.CognitiveServices/accounts/write',
  getSecret: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
  getDeletedSecret: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
  setSecret: 'Microsoft.KeyVault/vaults/secrets/setSecret/action',
  updateSecret: 'Microsoft.KeyVault/vaults/secrets/update/action',
  listSecretVersions: 'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
  recoverDeletedSecret: 'Microsoft.KeyVault/vaults/secrets/recover/action',
  publishEvents: roles.builtIn['eventSender']?.name,
  track: roles.builtIn['metricsPublisher']?.name,
};

/** What the deployment's roles grant at accounts, vault, topic and Application Insights. */
function granted(): string[] {
  const custom = Object.values(roles.custom).flatMap((role) => [
    ...role.actions,
    ...role.dataActions,
  ]);
  return [...custom.map(({ action }) => action), ...builtIn('topic'), ...builtIn('monitoring')];
}

/** Names of the built-in roles that the deployment gives at a resource of its own. */
function builtIn(scope: string): string[] {
  return Object.values(roles.builtIn)
    .filter((role) => role.scope === scope)
    .map(({ name }) => name);
}

it('the service makes no call that its roles do not grant, and each permission is made use of', async () => {
  const stored: StorageRequest[] = [];
  const environment = await givenEnvironment({
    accounts: [{ name: NAME, kind: 'TextAnalytics' }],
    listed: [NAME],
    settings: { TWINKEY_ALLOW_KEYLESS: 'true' },
    telemetry: true,
    onStorageRequest: (request) => void stored.push(request),
  });
  const { azure, host, functionKey, account, untilEvents } = environment;
  const { log, vaults } = azure.model;
  await untilEvents(EVENT_TYPES.keyRetired, NAME);
  // A person deletes the secret; another ends key authentication.
  const recovered = log.next({ operation: 'recoverDeletedSecret' });
  vaults.get(VAULT)?.delete(secretNameOf(NAME));
  await recovered;
  const url = `${host.url}/api/accounts/${accountPath(account(NAME).id.toLowerCase())}/keyless`;
  const headers = { 'x-functions-key': functionKey, 'content-type': 'application/json' };
  const switched = log.next({ operation: 'updateAccount', end: 200 });
  const { confirm } = (await (await fetch(url, { headers })).json()) as { confirm: string };
  const body = JSON.stringify({ reason: 'all apps use Entra ID', confirm });
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
  await switched;
  // It sends what it has to tell first.
  await host.stop();

  // A probe needs no role, and a token none either.
  const calls = log.entries.filter(({ service }) => service !== 'data' && service !== 'identity');
  const needed = calls.map(({ operation }) => NEEDED[operation] ?? `unknown: ${operation}`);
  expect(new Set(needed)).toEqual(new Set(granted()));

  const storageRoles = builtIn('storage');
  const grants = stored.map((request) => grantOf(request, storageRoles));
  expect(grants.filter(({ role }) => !role).map(({ permission }) => permission)).toEqual([]);
  expect(new Set(grants.map(({ role }) => role))).toEqual(new Set(storageRoles));
  const byService = new Set(grants.filter(({ by }) => by !== 'host').map(({ role }) => role));
  expect(storageRoles.filter((role) => !byService.has(role))).toEqual(BY_THE_HOST);
});

it.each([
  ['sets properties of a service', 'PUT', '/?restype=service&comp=properties'],
  ['gives away access to a queue', 'PUT', '/twinkey-passes?comp=acl'],
  ['reads a container of others', 'GET', '/contracts/2026.pdf'],
  ['deletes a table', 'DELETE', "/Tables('twinkeyrecords')"],
])('a request that %s would be seen', (_, method, path) => {
  const request = { method, url: `/devstoreaccount1${path}` };
  expect(grantOf(request, builtIn('storage')).role).toBeUndefined();
});

it('a role that is not given would be missed', () => {
  const request = { method: 'POST', url: '/devstoreaccount1/Tables' };
  const others = builtIn('storage').filter((name) => !name.includes('Table'));
  expect(grantOf(request, builtIn('storage')).role).toBe('Storage Table Data Contributor');
  expect(grantOf(request, others).role).toBeUndefined();
});
