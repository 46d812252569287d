import { describe, expect, it } from 'vitest';
import { all, givenAzure, group, idOf } from './given-azure.ts';
import { request } from './https-request.ts';

describe('simulated Resource Manager', () => {
  it('lists a subscription over several pages and a resource group alone', async () => {
    const accounts = [
      { name: 'a1' },
      { name: 'a2' },
      { name: 'b1', resourceGroup: 'other' },
      { name: 'x1', subscription: 'another' },
    ];
    const { arm } = await givenAzure({ accounts, arm: { pageSize: 2 } });
    const names = (await all(arm.accounts.list())).map(({ name }) => name);
    expect(names).toEqual(['a1', 'a2', 'b1']);
    const inGroup = await all(arm.accounts.listByResourceGroup('OTHER'));
    expect(inGroup.map(({ name }) => name)).toEqual(['b1']);
  });

  it('shows an account with everything a rotation looks at, and no key', async () => {
    const { arm, azure } = await givenAzure({
      accounts: [{ name: 'lang', tags: { 'key-rotation': 'enabled' } }],
    });
    const account = await arm.accounts.get(group, 'LANG');
    expect(account).toMatchObject({
      id: idOf(azure, 'lang'),
      kind: 'TextAnalytics',
      location: 'westeurope',
      tags: { 'key-rotation': 'enabled' },
      properties: {
        provisioningState: 'Succeeded',
        endpoint: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/lang\/$/),
        customSubDomainName: 'lang',
        disableLocalAuth: false,
        publicNetworkAccess: 'Enabled',
        networkAcls: { defaultAction: 'Allow' },
      },
    });
    for (const key of azure.model.accounts.everyKeyEverIssued()) {
      expect(JSON.stringify(account)).not.toContain(key);
    }
  });

  it('regenerates one slot, answers both keys, and logs fingerprints', async () => {
    const { arm, azure } = await givenAzure();
    const before = await arm.accounts.listKeys(group, 'lang');
    const after = await arm.accounts.regenerateKey(group, 'lang', 'Key2');
    expect(after.key1).toBe(before.key1);
    expect(after.key2).not.toBe(before.key2);
    const [logged] = azure.model.accounts.get(idOf(azure, 'lang')).keys.regenerations;
    expect(logged).toMatchObject({ slot: 'Key2' });
    expect(logged?.oldFingerprint).toMatch(/^[0-9a-f]{12}$/);
    expect(azure.model.accounts.everyKeyEverIssued()).toHaveLength(3);
  });

  it('takes key names in the casing of ARM only', async () => {
    const { arm } = await givenAzure();
    const lowerCased = arm.accounts.regenerateKey(group, 'lang', 'key1' as 'Key1');
    await expect(lowerCased).rejects.toMatchObject({ statusCode: 400 });
  });

  it('changes tags and disableLocalAuth by PATCH', async () => {
    const { arm } = await givenAzure();
    const changed = await arm.accounts.beginUpdateAndWait(group, 'lang', {
      tags: { team: 'a' },
      properties: { disableLocalAuth: true },
    });
    expect(changed).toMatchObject({ tags: { team: 'a' }, properties: { disableLocalAuth: true } });
  });

  it('refuses keys of a keyless account, of one not ready, and of one that is gone', async () => {
    const { arm } = await givenAzure({
      accounts: [
        { name: 'keyless', disableLocalAuth: true },
        { name: 'making', provisioningState: 'Creating' },
      ],
    });
    const refusals = [
      ['keyless', { statusCode: 400, code: 'BadRequest' }],
      ['making', { statusCode: 400, code: 'AccountProvisioningStateInvalid' }],
      ['gone', { statusCode: 404, code: 'ResourceNotFound' }],
    ] as const;
    for (const [name, refusal] of refusals) {
      await expect(arm.accounts.listKeys(group, name)).rejects.toMatchObject(refusal);
      const regenerate = arm.accounts.regenerateKey(group, name, 'Key1');
      await expect(regenerate).rejects.toMatchObject(refusal);
    }
  });

  it('asks for a token of the right audience and for an api-version', async () => {
    const { azure } = await givenAzure();
    const url = `${azure.armEndpoint}${idOf(azure, 'lang')}`;
    const vaultToken = azure.model.tokens.issue('https://vault.azure.net').token;
    const wrong = await request(azure, `${url}?api-version=2025-09-01`, {
      headers: { authorization: `Bearer ${vaultToken}` },
    });
    expect(wrong).toMatchObject({
      status: 401,
      json: { error: { code: 'InvalidAuthenticationToken' } },
    });
    const armToken = azure.model.tokens.issue('https://management.azure.com/').token;
    const versionless = await request(azure, url, {
      headers: { authorization: `Bearer ${armToken}` },
    });
    expect(versionless).toMatchObject({
      status: 400,
      json: { error: { code: 'MissingApiVersionParameter' } },
    });
  });

  it('throttles writes, says what is left, and when to come back', async () => {
    const throttles = { armWrite: { capacity: 2, perSecond: 0.5 } };
    const { arm, azure } = await givenAzure({ throttles });
    const left: (string | undefined)[] = [];
    const onResponse = (response: { headers: { get(name: string): string | undefined } }) => {
      left.push(response.headers.get('x-ms-ratelimit-remaining-subscription-writes'));
    };
    await arm.accounts.regenerateKey(group, 'lang', 'Key1', { onResponse });
    await arm.accounts.regenerateKey(group, 'lang', 'Key1', { onResponse });
    expect(left).toEqual(['1', '0']);
    const third = await arm.accounts.regenerateKey(group, 'lang', 'Key1').catch((error) => error);
    expect(third.statusCode).toBe(429);
    expect(Number(third.response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(azure.model.accounts.everyKeyEverIssued()).toHaveLength(4);
  });
});
