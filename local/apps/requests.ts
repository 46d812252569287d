import { TextAnalyticsClient } from '@azure/ai-text-analytics';
import type { KeyCredential } from '@azure/core-auth';
import type { AppAccount } from './messages.ts';

/** Sends one request; rejects when it is not answered as it should be. */
export type SendRequest = () => Promise<void>;

const TEXT = 'Schlüssel kommen und gehen.';
const TIMEOUT_MS = 10_000;

/**
 * One plain request to an account, of the sort that its kind serves. Nothing is repeated here, not
 * even after a 401: a request that fails has failed.
 */
export function requestFor(account: AppAccount, key: KeyCredential): SendRequest {
  switch (account.kind) {
    case 'TextAnalytics':
    case 'CognitiveServices':
      return detectLanguageBySdk(account, key);
    case 'TextTranslation':
      return post(account, 'translate?api-version=3.0&to=en', [{ Text: TEXT }], () => ({
        'Ocp-Apim-Subscription-Key': key.key,
        'Ocp-Apim-Subscription-Region': account.location,
      }));
    case 'AIServices':
      return post(
        account,
        'language/:analyze-text?api-version=2023-04-01',
        languageDetection,
        () => ({
          'Ocp-Apim-Subscription-Key': key.key,
        }),
      );
    case 'OpenAI':
      return post(account, CHAT_PATH, { messages: [{ role: 'user', content: TEXT }] }, () => ({
        'api-key': key.key,
      }));
    default:
      throw new Error(`Expected a kind that the demo knows how to call, found ${account.kind}.`);
  }
}

const CHAT_PATH = 'openai/deployments/demo/chat/completions?api-version=2024-10-21';

const languageDetection = {
  kind: 'LanguageDetection',
  analysisInput: { documents: [{ id: '1', text: TEXT }] },
};

/** The official client: it reads `key.key` at each request. */
function detectLanguageBySdk({ endpoint }: AppAccount, key: KeyCredential): SendRequest {
  const client = new TextAnalyticsClient(endpoint, key, { retryOptions: { maxRetries: 0 } });
  return async () => {
    const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
    const [result] = await client.detectLanguage([TEXT], '', { abortSignal });
    if (!result || result.error) throw new Error(result?.error?.message ?? 'empty answer');
  };
}

function post(
  { endpoint }: AppAccount,
  path: string,
  body: unknown,
  headers: () => Record<string, string>,
): SendRequest {
  const url = `${endpoint.replace(/\/$/, '')}/${path}`;
  return async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers() },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`answered ${response.status}`);
  };
}
