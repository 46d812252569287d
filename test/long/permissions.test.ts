import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { secretNameOf } from '../../local/demo/scenario.ts';
import { VAULT } from '../../local/environment.ts';
import { accountPath } from '../../shared/core/accountPath.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { givenEnvironment } from '../e2e/environment.ts';

const NAME = 'contoso-language';

/** The permission that Azure asks for at each operation of the simulated one. */
const NEEDED: Readonly<Record<string, string>> = {
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
  publishEvents: 'EventGrid Data Sender',
};

interface Role {
  readonly actions: readonly { readonly action: string }[];
  readonly dataActions: readonly { readonly action: string }[];
}

/** What the deployment's roles grant at accounts, vault and topic. */
function granted(): string[] {
  const { custom } = JSON.parse(readFileSync('infra/roles.json', 'utf8')) as {
    custom: Record<string, Role>;
  };
  const roles = Object.values(custom);
  const actions = roles.flatMap((role) => [...role.actions, ...role.dataActions]);
  return [...actions.map(({ action }) => action), 'EventGrid Data Sender'];
}

it('the service makes no call that its roles do not grant, and each permission is made use of', async () => {
  const environment = await givenEnvironment({
    accounts: [{ name: NAME, kind: 'TextAnalytics' }],
    listed: [NAME],
    settings: { TWINKEY_ALLOW_KEYLESS: 'true' },
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

  // A probe needs no role, and a token none either.
  const calls = log.entries.filter(({ service }) => service !== 'data' && service !== 'identity');
  const needed = calls.map(({ operation }) => NEEDED[operation] ?? `unknown: ${operation}`);
  expect(new Set(needed)).toEqual(new Set(granted()));
});
