import type { Account } from '../core/observation.ts';

/** A data-plane call that tells whether a key works. */
export interface Probe {
  readonly method: 'GET' | 'POST';
  /** Appended to the account's endpoint. */
  readonly path: string;
  readonly keyHeader: 'api-key' | 'Ocp-Apim-Subscription-Key';
  readonly body?: unknown;
  /** Sends the account's location along, which Translator's shared endpoints ask for. */
  readonly region?: true;
}

const ISSUE_TOKEN: Probe = {
  method: 'POST',
  path: '/sts/v1.0/issueToken',
  keyHeader: 'Ocp-Apim-Subscription-Key',
};

const DETECT_LANGUAGE: Probe = {
  method: 'POST',
  path: '/language/:analyze-text?api-version=2023-04-01',
  keyHeader: 'Ocp-Apim-Subscription-Key',
  body: {
    kind: 'LanguageDetection',
    analysisInput: { documents: [{ id: '1', text: 'hello' }] },
  },
};

/** On an endpoint of the account's own, shared with the other services of that host. */
const TRANSLATE: Probe = {
  method: 'POST',
  path: '/translator/text/v3.0/translate?api-version=3.0&to=de',
  keyHeader: 'Ocp-Apim-Subscription-Key',
  body: [{ Text: 'a' }],
  region: true,
};

/** On the endpoints that all Translator resources share. */
const TRANSLATE_SHARED: Probe = { ...TRANSLATE, path: '/translate?api-version=3.0&to=de' };

const LIST_MODELS: Probe = {
  method: 'GET',
  path: '/openai/models?api-version=2024-10-21',
  keyHeader: 'api-key',
};

const SHARED_ENDPOINT = /\.(microsofttranslator\.(com|us)|translator\.azure\.cn)$/;

/** The cheapest call for an account's kind: free of charge where the service offers one. */
export function probeFor({ kind, endpoint }: Account): Probe {
  switch (kind) {
    case 'OpenAI':
    case 'AIServices':
      return LIST_MODELS;
    case 'TextAnalytics':
      return DETECT_LANGUAGE;
    case 'TextTranslation':
      return SHARED_ENDPOINT.test(endpoint) ? TRANSLATE_SHARED : TRANSLATE;
    default:
      return ISSUE_TOKEN;
  }
}
