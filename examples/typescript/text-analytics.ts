/** A web service with the official client for Language: `GET /?text=…` says what language it is. */
import { TextAnalyticsClient } from '@azure/ai-text-analytics';
import { freshKeyPolicy } from 'twinkey/client';
import { required } from './configuration.ts';
import { followKey } from './key.ts';
import { serve } from './service.ts';

const TIMEOUT_MS = 10_000;

const key = await followKey();

// Made once. It reads `key.key` at each request; the policy loads the key anew on a 401 and repeats
// the request.
const client = new TextAnalyticsClient(required('AI_ENDPOINT'), key, {
  additionalPolicies: [{ policy: freshKeyPolicy(key), position: 'perRetry' }],
});

await serve(key, async (query) => {
  const text = query.get('text') ?? 'Keys come and go.';
  const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
  const [result] = await client.detectLanguage([text], undefined, { abortSignal });
  if (!result || result.error) throw new Error(result?.error?.message ?? 'No result.');
  return { language: result.primaryLanguage.name };
});
