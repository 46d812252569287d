/** A web service with plain `fetch` and Translator: `GET /?text=…&to=de` translates. */
import { withFreshKey } from 'twinkey/client';
import { required } from './configuration.ts';
import { followKey } from './key.ts';
import { serve } from './service.ts';

const TIMEOUT_MS = 10_000;

/** As much of the answer as is needed here: one entry for each text, one translation a language. */
type Translated = { translations: { text: string; to: string }[] }[];

const key = await followKey();
// `https://api.cognitive.microsofttranslator.com`, or `…/translator/text/v3.0` below the account's own
// endpoint.
const endpoint = required('AI_ENDPOINT').replace(/\/$/, '');
const region = required('AI_REGION');

// Puts the key into `Ocp-Apim-Subscription-Key` at each request, loads it anew on a 401, and repeats
// the request.
const fetchWithKey = withFreshKey(key);

await serve(key, async (query) => {
  const text = query.get('text') ?? 'Keys come and go.';
  const to = query.get('to') ?? 'de';
  const url = `${endpoint}/translate?${new URLSearchParams({ 'api-version': '3.0', to })}`;
  const response = await fetchWithKey(url, {
    method: 'POST',
    // A key of a regional or a multi-service account is accepted with its region only.
    headers: { 'content-type': 'application/json', 'Ocp-Apim-Subscription-Region': region },
    body: JSON.stringify([{ text }]),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`Translator answered ${response.status}.`);
  const [translated] = (await response.json()) as Translated;
  return { translation: translated?.translations[0]?.text };
});
