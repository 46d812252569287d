import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SimulatedAzure, startSimulatedAzure } from '../../local/azure/index.ts';
import { fingerprint } from '../../local/azure/model/fingerprint.ts';
import { startTwinkeyApi, type TwinkeyApi } from '../languages/twinkeyApi.ts';
import { request } from '../local/azure/https-request.ts';

const FILE = new URL('../../examples/rest/requests.http', import.meta.url);

let azure: SimulatedAzure;
let api: TwinkeyApi;

beforeAll(async () => {
  azure = await startSimulatedAzure({ accounts: [{ name: 'lang', kind: 'AIServices' }] });
  api = await startTwinkeyApi();
});
afterAll(async () => {
  await azure.close();
  await api.close();
});

it('the requests of the chapter on REST do what it says, one after the other', async () => {
  const [account] = azure.model.accounts.all();
  const vault = azure.model.vaults.get('main');
  if (!account || !vault) throw new Error('Expected an account and a vault.');
  const key = account.keys.value('Key1');
  vault.set('contoso-language-key', key);
  const values: Record<string, string> = {
    vaultUrl: vault.url,
    secretName: 'contoso-language-key',
    endpoint: account.endpoint.replace(/\/$/, ''),
    acknowledgeUrl: `${api.url}/accounts/s/g/lang/rotations/r/acks`,
    fingerprint: fingerprint(key),
    '$processEnv IDENTITY_ENDPOINT': azure.identityEndpoint,
    '$processEnv IDENTITY_HEADER': azure.identityHeader,
    '$processEnv TWINKEY_FUNCTION_KEY': 'function-key',
  };
  const [declared, ...blocks] = readFileSync(FILE, 'utf8').split(/^### .*\n/m);
  expect([...String(declared).matchAll(/^@(\w+) = /gm)].map(([, name]) => name)).toEqual(
    Object.keys(values).slice(0, 3),
  );
  const statuses: number[] = [];
  for (const block of blocks) {
    const { name, method, url, headers, body } = parse(block, values);
    if (name !== 'acknowledgement') expect(url).toContain('?api-version=');
    const answer = await request(azure, url, { method, headers, body });
    statuses.push(answer.status);
    for (const [member, value] of Object.entries(answer.json ?? {})) {
      values[`${name}.response.body.$.${member}`] = String(value);
    }
  }
  expect(statuses).toEqual([200, 200, 200, 200]);
  expect(azure.model.dataPlane.count(account.host).served).toBe(1);
  expect(api.received).toEqual([
    {
      path: 'POST /api/accounts/s/g/lang/rotations/r/acks',
      functionKey: 'function-key',
      subscriber: 'web-shop',
      fingerprint: fingerprint(key),
    },
  ]);
});

/** One request as the REST clients of editors read it. Every variable has to have a value by now. */
function parse(block: string, values: Readonly<Record<string, string>>) {
  const text = block.replace(/\{\{(.+?)\}\}/g, (_match, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Expected a value for ${name}.`);
    return value;
  });
  const [head = '', body = ''] = text.trim().split('\n\n');
  const name = /^# @name (\w+)$/m.exec(head)?.[1];
  const [line = '', ...headers] = head.split('\n').filter((each) => !each.startsWith('#'));
  const [method = '', url = ''] = line.split(' ');
  return {
    name,
    method,
    url,
    body,
    headers: Object.fromEntries(headers.map((each) => each.split(': ') as [string, string])),
  };
}
