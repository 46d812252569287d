import { AzureKeyCredential, TextAnalyticsClient } from '@azure/ai-text-analytics';
import { describe, expect, it } from 'vitest';
import { type AccountSpec, ManualTime } from '../../../local/azure/index.ts';
import { accountJson } from '../../../local/azure/model/account-json.ts';
import { givenAzure, idOf } from './given-azure.ts';
import { request } from './https-request.ts';

const start = Date.UTC(2030, 0, 1);

async function givenAccount(spec: Partial<AccountSpec> = {}, keyPropagationMs = 0) {
  const time = new ManualTime(start);
  const name = 'acct';
  const { azure } = await givenAzure({ time, keyPropagationMs, accounts: [{ name, ...spec }] });
  const account = azure.model.accounts.get(idOf(azure, name));
  const call = (path: string, headers: Record<string, string>, method = 'POST', body?: unknown) =>
    request(azure, `${account.endpoint}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const withKey = (slot: 'Key1' | 'Key2') => ({
    'Ocp-Apim-Subscription-Key': account.keys.value(slot),
  });
  return { azure, account, time, call, withKey };
}

describe('simulated data plane', () => {
  it('serves the Text Analytics SDK with either key and refuses a regenerated one at once', async () => {
    const { azure, account } = await givenAccount();
    const credential = new AzureKeyCredential(account.keys.value('Key1'));
    const client = new TextAnalyticsClient(account.endpoint, credential, {
      tlsOptions: { ca: azure.caPem },
    });
    const [detected] = await client.detectLanguage(['hello']);
    expect(detected).toMatchObject({ primaryLanguage: { iso6391Name: 'en' } });
    credential.update(account.keys.value('Key2'));
    await client.detectLanguage(['hello']);
    account.keys.regenerate('Key2');
    await expect(client.detectLanguage(['hello'])).rejects.toMatchObject({ statusCode: 401 });
    expect(azure.model.dataPlane.count('acct')).toEqual({ served: 2, refused: { 401: 1 } });
  });

  it('accepts an old key for as long as it lingers', async () => {
    const { account, time, call, withKey } = await givenAccount();
    const old = withKey('Key1');
    account.keys.lingerMs = 5_000;
    account.keys.regenerate('Key1');
    time.advance(4_999);
    expect((await call('sts/v1.0/issueToken', old)).status).toBe(200);
    time.advance(1);
    expect((await call('sts/v1.0/issueToken', old)).status).toBe(401);
  });

  it('accepts a new key only when it has spread', async () => {
    const { account, time, call, withKey } = await givenAccount({}, 5_000);
    account.keys.regenerate('Key1');
    time.advance(4_999);
    expect((await call('sts/v1.0/issueToken', withKey('Key1'))).status).toBe(401);
    time.advance(1);
    expect((await call('sts/v1.0/issueToken', withKey('Key1'))).status).toBe(200);
  });

  it('issues a token that outlives its key, but not ten minutes', async () => {
    const { account, time, call, withKey } = await givenAccount();
    const { text } = await call('sts/v1.0/issueToken', withKey('Key1'));
    account.keys.regenerate('Key1');
    const analyze = () =>
      call(
        'language/:analyze-text?api-version=2023-04-01',
        { authorization: `Bearer ${text}` },
        'POST',
        {
          kind: 'LanguageDetection',
          analysisInput: { documents: [{ id: '1', text: 'hello' }] },
        },
      );
    time.advance(10 * 60_000 - 1_000);
    expect(await analyze()).toMatchObject({
      status: 200,
      json: { kind: 'LanguageDetectionResults' },
    });
    time.advance(1_000);
    expect((await analyze()).status).toBe(401);
  });

  it('accepts an Entra token for the services, and no other', async () => {
    const { azure, call } = await givenAccount({ disableLocalAuth: true });
    const bearer = (resource: string) => ({
      authorization: `Bearer ${azure.model.tokens.issue(resource).token}`,
    });
    const right = await call('sts/v1.0/issueToken', bearer('https://cognitiveservices.azure.com'));
    expect(right.status).toBe(200);
    const wrong = await call('sts/v1.0/issueToken', bearer('https://vault.azure.net'));
    expect(wrong.status).toBe(401);
  });

  it('accepts no Entra token for an account without custom subdomain', async () => {
    const { azure, account, call, withKey } = await givenAccount({ customSubDomainName: null });
    const { token } = azure.model.tokens.issue('https://cognitiveservices.azure.com');
    const answer = await call('sts/v1.0/issueToken', { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(400);
    expect((await call('sts/v1.0/issueToken', withKey('Key1'))).status).toBe(200);
    expect(accountJson(account).properties).not.toHaveProperty('customSubDomainName');
  });

  it('refuses keys of a keyless account', async () => {
    const { call, withKey } = await givenAccount({ disableLocalAuth: true });
    expect(await call('sts/v1.0/issueToken', withKey('Key1'))).toMatchObject({
      status: 403,
      json: { error: { code: 'AuthenticationTypeDisabled' } },
    });
  });

  it('tells a bad key from a firewall', async () => {
    const { azure, account, call, withKey } = await givenAccount();
    const bad = await call('sts/v1.0/issueToken', { 'Ocp-Apim-Subscription-Key': 'nonsense' });
    expect(bad.status).toBe(401);
    expect(bad.text).toContain(
      'Access denied due to invalid subscription key or wrong API endpoint',
    );
    azure.model.accounts.update(account.id, {
      networkAcls: { defaultAction: 'Deny', ipRules: ['10.0.0.1'] },
    });
    const shutOut = await call('sts/v1.0/issueToken', withKey('Key1'));
    expect(shutOut.status).toBe(403);
    expect(shutOut.text).toContain('Virtual Network/Firewall rules');
    azure.model.accounts.update(account.id, {
      networkAcls: { defaultAction: 'Deny', ipRules: ['127.0.0.1'] },
    });
    expect((await call('sts/v1.0/issueToken', withKey('Key1'))).status).toBe(200);
  });

  it('wants the region of a multi-service account for Translator', async () => {
    const { call, withKey } = await givenAccount({ kind: 'CognitiveServices' });
    const path = 'translate?api-version=3.0&to=de';
    const text = [{ Text: 'hello' }];
    expect((await call(path, withKey('Key1'), 'POST', text)).status).toBe(401);
    const region = { 'Ocp-Apim-Subscription-Region': 'westeurope' };
    expect(await call(path, { ...withKey('Key1'), ...region }, 'POST', text)).toMatchObject({
      status: 200,
      json: [{ translations: [{ to: 'de' }] }],
    });
  });

  it('takes the api-key header for Azure OpenAI, which has no issueToken', async () => {
    const { account, call, withKey } = await givenAccount({ kind: 'OpenAI' });
    const apiKey = { 'api-key': account.keys.value('Key2') };
    expect((await call('openai/models?api-version=2024-10-21', apiKey, 'GET')).status).toBe(200);
    const chat = 'openai/deployments/gpt/chat/completions?api-version=2024-10-21';
    expect((await call(chat, apiKey, 'POST', { messages: [] })).status).toBe(200);
    expect((await call('sts/v1.0/issueToken', withKey('Key1'))).status).toBe(404);
  });
});
