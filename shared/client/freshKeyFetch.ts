import { type Proof, refusalOf, sendWithProof } from './proof.ts';
import type { RotatingKey } from './rotatingKey.ts';

/** The header in which Azure AI services take a key. */
export const KEY_HEADER = 'Ocp-Apim-Subscription-Key';

/**
 * `fetch` with the current key in `header`. When the service refuses the key (401), the secret is
 * read once for all requests that met the refusal and, if there is another key by then, the request
 * is repeated once. When the account takes no keys and the key has the option `keyless`, requests
 * carry an Entra ID token in `Authorization` instead.
 *
 * A body that is a stream is sent once and not kept: the refusal is handed on, and the next request
 * gets the new key. The body of a `Request` is kept in memory until the answer is there.
 *
 * Redirects are refused unless the call's `init` says otherwise: fetch would carry the key header
 * along to wherever they lead.
 */
export function withFreshKey(
  key: RotatingKey,
  fetch: typeof globalThis.fetch = globalThis.fetch,
  header: string = KEY_HEADER,
): typeof globalThis.fetch {
  return async (input, init) => {
    const requests = requestsFrom(input, init);
    try {
      return await sendWithProof(key, {
        send: (proof) => fetch(addProof(requests.next(), proof, header)),
        refusalOf: (response, proof) =>
          refusalOf(response.status, () => response.clone().text(), proof, key),
        discard: (response) => void response.body?.cancel().catch(() => {}),
        repeatable: requests.repeatable,
      });
    } finally {
      requests.end();
    }
  };
}

function addProof(request: Request, proof: Proof, header: string): Request {
  if (proof.kind === 'key') {
    request.headers.set(header, proof.value);
  } else {
    request.headers.delete(header);
    request.headers.set('authorization', `Bearer ${proof.value}`);
  }
  return request;
}

interface Requests {
  readonly repeatable: boolean;
  /** The request, ready to be sent once. */
  next(): Request;
  /** Lets go of what was kept for a repetition. */
  end(): void;
}

function requestsFrom(
  input: Parameters<typeof fetch>[0],
  init: Parameters<typeof fetch>[1],
): Requests {
  const options = { redirect: 'error', ...init } as const;
  if (input instanceof Request && input.body) {
    const original = new Request(input, options);
    const end = () => void original.body?.cancel().catch(() => {});
    return { repeatable: true, next: () => original.clone(), end };
  }
  const next = () => new Request(input, options);
  return { repeatable: !isStream(init?.body), next, end: () => {} };
}

/** Streams, and whatever else fetch reads piece by piece. */
function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
