import { AzureError } from '../model/azure-error.ts';

/** Answers of the right shape. Their content is made up: only the door in front of it matters. */

/** `input` is what holds the documents: the body of Text Analytics, a part of it for Language. */
export function languageResults(input: unknown) {
  const { documents } = (input ?? {}) as { documents?: unknown };
  if (!Array.isArray(documents)) {
    throw new AzureError(400, 'InvalidRequest', 'The body has no list of documents.');
  }
  return {
    documents: documents.map((document: { id?: unknown }) => ({
      id: String(document.id),
      detectedLanguage: { name: 'English', iso6391Name: 'en', confidenceScore: 1 },
      warnings: [],
    })),
    errors: [],
    modelVersion: '2022-10-01',
  };
}

export function translations(body: unknown, languages: readonly string[]) {
  if (!Array.isArray(body) || languages.length === 0) {
    throw new AzureError(400, '400000', 'One of the request inputs is not valid.');
  }
  return body.map((item: { Text?: unknown; text?: unknown }) => ({
    translations: languages.map((to) => ({ to, text: String(item.Text ?? item.text) })),
  }));
}

export function modelList() {
  return { object: 'list', data: [{ id: 'gpt-4o', object: 'model', status: 'succeeded' }] };
}

export function chatAnswer() {
  return {
    id: 'chatcmpl-simulated',
    object: 'chat.completion',
    model: 'gpt-4o',
    choices: [
      { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.' } },
    ],
  };
}
