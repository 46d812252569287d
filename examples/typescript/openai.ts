/** A web service with the `openai` package and an Azure OpenAI account: `GET /?text=…` replies. */
import { AzureOpenAI } from 'openai';
import { withFreshKey } from 'twinkey/client';
import { required } from './configuration.ts';
import { followKey } from './key.ts';
import { serve } from './service.ts';

const key = await followKey();

// Made once. `fetch` puts the key into `api-key` at each request, loads it anew on a 401, and repeats
// the request. (`apiKey` as a function would not do: this client sends what it returns as a token of
// Entra ID.)
const client = new AzureOpenAI({
  endpoint: required('AI_ENDPOINT'),
  apiVersion: '2024-10-21',
  apiKey: 'set by fetch',
  fetch: withFreshKey(key, fetch, 'api-key'),
  timeout: 30_000,
});

const model = required('AZURE_OPENAI_DEPLOYMENT');

await serve(key, async (query) => {
  const content = query.get('text') ?? 'Why do keys come and go?';
  const { choices } = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content }],
  });
  return { reply: choices[0]?.message.content };
});
