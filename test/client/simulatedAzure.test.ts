import { TextAnalyticsClient } from '@azure/ai-text-analytics';
import { describe, expect, it } from 'vitest';
import { freshKeyPolicy } from '../../shared/client/freshKeyPolicy.ts';
import type { Notice } from '../../shared/client/notices.ts';
import { RotatingKey } from '../../shared/client/rotatingKey.ts';
import { nodeRuntime } from '../../shared/client/runtime.ts';
import { secretReader } from '../../shared/client/secretReader.ts';
import { tokenCredential } from '../../shared/client/tokenCredential.ts';
import { credentialOf, givenAzure, idOf, onEnd } from '../local/azure/given-azure.ts';
import { request } from '../local/azure/https-request.ts';

const SCOPE = 'https://cognitiveservices.azure.com/.default';
const SECRET = 'lang-key';
const retryOptions = { maxRetries: 0 };

/** An account whose active key, Key1, is in the vault, and an app that is ready for keyless. */
async function givenApp() {
  const { azure, secrets } = await givenAzure();
  const account = azure.model.accounts.get(idOf(azure, 'lang'));
  await secrets.setSecret(SECRET, account.keys.value('Key1'));
  const tlsOptions = { ca: azure.caPem };
  const vaultUrl = String(azure.vaultUrls['main']);
  const credential = credentialOf(azure);
  const reader = secretReader(vaultUrl, SECRET, credential, {
    disableChallengeResourceVerification: true,
    retryOptions,
    tlsOptions,
  });
  const clock = { aheadMs: 0 };
  const notices: Notice[] = [];
  const key = new RotatingKey(
    reader,
    {
      vaultUrl,
      secretName: SECRET,
      keyless: { credential },
      onNotice: (notice) => notices.push(notice),
    },
    { ...nodeRuntime, now: () => Date.now() + clock.aheadMs },
  );
  onEnd(async () => key.close());
  /** The global one knows no authority but the system's. */
  const exchanged: (string | undefined)[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const headers = Object.fromEntries(new Headers(init?.headers));
    exchanged.push(headers['ocp-apim-subscription-key']);
    const { status, text } = await request(azure, String(input), { method: 'POST', headers });
    return new Response(text, { status });
  };
  const tokens = tokenCredential(key, account.endpoint, fetch);
  const additionalPolicies = [{ policy: freshKeyPolicy(key), position: 'perRetry' as const }];
  const options = { retryOptions, tlsOptions };
  const byKey = new TextAnalyticsClient(account.endpoint, key, { ...options, additionalPolicies });
  const byToken = new TextAnalyticsClient(account.endpoint, tokens, options);
  return { azure, secrets, account, key, clock, notices, tokens, exchanged, byKey, byToken };
}

describe('an app against the simulated Azure', () => {
  it('has its key exchanged for a token that a client takes, and anew after a rotation', async () => {
    const { azure, account, secrets, key, tokens, exchanged, byToken } = await givenApp();
    const [first, second] = [account.keys.value('Key1'), account.keys.value('Key2')];
    await byToken.detectLanguage(['hello']);
    await byToken.detectLanguage(['hello']);
    expect(exchanged).toEqual([first]);
    await secrets.setSecret(SECRET, second);
    await key.reload('test');
    account.keys.regenerate('Key1');
    await tokens.getToken(SCOPE);
    await byToken.detectLanguage(['hello']);
    expect(exchanged).toEqual([first, second]);
    azure.model.faults.add({ service: 'vault', fault: { kind: 'status', status: 403 } });
    expect(await key.reload('test')).toBe(false);
    expect(key.disabled).toBe(false);
  });

  it('misses a whole rotation, then the account goes keyless: no request of either client fails', async () => {
    const { azure, account, secrets, key, clock, notices, tokens, byKey, byToken } =
      await givenApp();
    await key.ready();
    await byKey.detectLanguage(['hello']);
    const { properties } = await secrets.setSecret(SECRET, account.keys.value('Key2'));
    account.keys.regenerate('Key1');
    clock.aheadMs += 1_000;
    await byKey.detectLanguage(['hello']);
    await byToken.detectLanguage(['hello']);
    azure.model.accounts.update(account.id, { disableLocalAuth: true });
    await secrets.updateSecretProperties(SECRET, properties.version ?? '', { enabled: false });
    await byKey.detectLanguage(['hello']);
    await byToken.detectLanguage(['hello']);
    const token = await tokens.getToken(SCOPE);
    expect(azure.model.tokens.isFor(token?.token ?? '', 'data')).toBe(true);
    expect(await key.reload('test')).toBe(true);
    expect(notices.map(({ kind }) => kind)).toEqual([
      'loaded',
      'loaded',
      'keyless',
      'secretDisabled',
    ]);
    expect(azure.model.dataPlane.count('lang')).toMatchObject({ refused: { 401: 1, 403: 1 } });
  });
});
