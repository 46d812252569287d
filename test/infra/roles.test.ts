import { describe, expect, it } from 'vitest';
import { ROLES } from '../../shared/api/principal.ts';
import { readFile } from './bicep.ts';

interface Permission {
  readonly action: string;
  readonly why: string;
  readonly code: string;
}

interface CustomRole {
  readonly name: string;
  readonly actions: readonly Permission[];
  readonly dataActions: readonly Permission[];
}

interface BuiltInRole {
  readonly name: string;
  readonly id: string;
  readonly scope: string;
  readonly why: string;
  readonly code: string;
}

const roles: {
  custom: Record<'accounts' | 'keyless' | 'vault', CustomRole>;
  builtIn: Record<string, BuiltInRole>;
  demo: Record<string, { id: string }>;
} = JSON.parse(readFile('infra/roles.json'));

/** What Azure asks for each call that the adapters make of the SDKs. */
const ACCOUNT_CALLS: Record<string, string> = {
  list: 'accounts/read',
  get: 'accounts/read',
  listKeys: 'accounts/listKeys/action',
  regenerateKey: 'accounts/regenerateKey/action',
  beginUpdate: 'accounts/write',
};
const SECRET_CALLS: Record<string, string> = {
  getSecret: 'getSecret/action',
  getDeletedSecret: 'getSecret/action',
  beginRecoverDeletedSecret: 'recover/action',
  setSecret: 'setSecret/action',
  updateSecretProperties: 'update/action',
  listPropertiesOfSecretVersions: 'readMetadata/action',
};

/** The methods of a client that an adapter calls. */
function callsIn(path: string, client: RegExp): Set<string> {
  return new Set([...readFile(path).matchAll(client)].map(([, method = '']) => method));
}

function actionsOf(permissions: readonly Permission[]): Set<string> {
  return new Set(permissions.map(({ action }) => action));
}

function needed(calls: Record<string, string>, prefix: string): Set<string> {
  return new Set(Object.values(calls).map((action) => `${prefix}/${action}`));
}

describe('roles.json', () => {
  it('grants at the accounts what the calls of the adapter need, and no more', () => {
    const calls = callsIn('shared/azure/accounts.ts', /\baccounts\.(\w+)\(/g);
    expect(calls).toEqual(new Set(Object.keys(ACCOUNT_CALLS)));
    const { accounts, keyless } = roles.custom;
    const granted = actionsOf([...accounts.actions, ...keyless.actions]);
    expect(granted).toEqual(needed(ACCOUNT_CALLS, 'Microsoft.CognitiveServices'));
    expect([...accounts.dataActions, ...keyless.dataActions]).toEqual([]);
  });

  it('keeps the permission to change accounts in a role of its own', () => {
    const { accounts, keyless } = roles.custom;
    expect(actionsOf(keyless.actions)).toEqual(
      new Set(['Microsoft.CognitiveServices/accounts/write']),
    );
    expect(actionsOf(accounts.actions)).toEqual(
      new Set([
        'Microsoft.CognitiveServices/accounts/listKeys/action',
        'Microsoft.CognitiveServices/accounts/read',
        'Microsoft.CognitiveServices/accounts/regenerateKey/action',
      ]),
    );
  });

  it('grants at the vault what the calls of the adapter need, and no more', () => {
    const path = 'shared/azure/secrets.ts';
    const calls = callsIn(path, /(?:\bclient|#reader\(ref\.vaultUrl\))\s*\.(\w+)\(/g);
    expect(calls).toEqual(new Set(Object.keys(SECRET_CALLS)));
    const { vault } = roles.custom;
    expect(actionsOf(vault.dataActions)).toEqual(
      needed(SECRET_CALLS, 'Microsoft.KeyVault/vaults/secrets'),
    );
    expect(vault.actions).toEqual([]);
  });

  it('names code that there is', () => {
    const sources = ['accounts', 'secrets', 'events', 'laterQueue', 'records', 'statuses']
      .map((name) => readFile(`shared/azure/${name}.ts`))
      .join('\n');
    const { custom, builtIn } = roles;
    const permissions = Object.values(custom).flatMap((role) => [
      ...role.actions,
      ...role.dataActions,
    ]);
    const quoted = [...permissions, ...Object.values(builtIn)].flatMap(
      ({ code }) => code.match(/`[^`/]+`/g) ?? [],
    );
    expect(quoted.length).toBeGreaterThan(15);
    for (const name of quoted.flatMap((text) => text.slice(1, -1).split('.'))) {
      expect(sources).toMatch(new RegExp(`class ${name}\\b|^ {2}(async )?\\*?${name}\\(`, 'm'));
    }
  });

  it('has the ids of the built-in roles', () => {
    const ids = Object.values(roles.builtIn).map(({ name, id }) => [name, id]);
    expect(Object.fromEntries(ids)).toEqual({
      'EventGrid Data Sender': 'd5a91429-5739-47e2-a06b-3470a27159e7',
      'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
      'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
      'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
      'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb',
    });
  });
});

describe('the templates', () => {
  const assigning = [
    'accountAccess',
    'subscriptionAccess',
    'vaultAccess',
    'serviceAccess',
    'roles',
  ];

  it.each(assigning)('%s.bicep has no permission but those of roles.json', (name) => {
    const text = readFile(`infra/${name}.bicep`);
    expect(text).not.toMatch(/Microsoft\.\w+\/[\w/]+\/(read|write|delete|action|\*)'/);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it('make a role of each list, the one for changing accounts only where that is allowed', () => {
    const text = readFile('infra/roles.bicep');
    expect(text).toContain("items(loadJsonContent('roles.json').custom)");
    expect(text).toContain("role.key != 'keyless' || allowKeyless");
    for (const key of Object.keys(roles.custom)) expect(text).toContain(`deployment, '${key}')`);
  });

  it('assign the built-in roles at the scopes that there are', () => {
    const text = readFile('infra/serviceAccess.bicep');
    const scopes = [...text.matchAll(/role\.scope == '(\w+)'/g)].map(([, scope]) => scope);
    expect(new Set(scopes)).toEqual(
      new Set(Object.values(roles.builtIn).map((role) => role.scope)),
    );
  });
});

it('the README has every permission, why it is needed and what needs it', () => {
  const table = readFile('README.md').match(
    /^\| (accounts|vault|topic|storage|monitoring) \|.*$/gm,
  );
  const { custom, builtIn } = roles;
  const rows = [
    ...custom.accounts.actions.map((one) => rowOf('accounts', short(one.action), one)),
    ...custom.keyless.actions.map((one) => rowOf('accounts', short(one.action), one)),
    ...custom.vault.dataActions.map((one) => rowOf('vault', short(one.action), one)),
    ...Object.values(builtIn).map((one) => rowOf(one.scope, `role ${one.name}`, one)),
  ];
  expect(table).toEqual(rows);
});

function rowOf(scope: string, permission: string, { why, code }: { why: string; code: string }) {
  return `| ${scope} | ${permission} | ${why} | ${code} |`;
}

function short(action: string): string {
  return `\`${action.split('/').slice(1).join('/')}\``;
}

it('the app roles of a registration are those that the HTTP API knows', () => {
  const appRoles: { value: string; id: string }[] = JSON.parse(readFile('infra/appRoles.json'));
  expect(appRoles.map(({ value }) => value)).toEqual(Object.values(ROLES));
  expect(new Set(appRoles.map(({ id }) => id)).size).toBe(appRoles.length);
});
