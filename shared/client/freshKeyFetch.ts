import type { RotatingKey } from './rotatingKey.ts';

/** The header in which Azure AI services take a key. */
export const KEY_HEADER = 'Ocp-Apim-Subscription-Key';

/**
 * `fetch` with the current key in `header`. When the service refuses the key (401), the key is
 * reloaded once and, if there is another one by then, the request is repeated once.
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
    const request = new Request(input, { redirect: 'error', ...init });
    const repeat = request.clone();
    const used = key.key;
    request.headers.set(header, used);
    const response = await fetch(request);
    if (response.status !== 401 || !(await key.replaceRefused(used))) return response;
    await response.body?.cancel();
    repeat.headers.set(header, key.key);
    return fetch(repeat);
  };
}
