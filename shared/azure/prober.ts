import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import type { Account } from '../core/observation.ts';
import type { Key } from '../service/key.ts';
import type { Prober, Verdict } from '../service/ports.ts';
import { unlessAborted } from './calls.ts';
import { probeFor } from './probes.ts';

/** The error code of an account that takes no keys. */
const KEYS_DISABLED_CODE = 'AuthenticationTypeDisabled';

/**
 * The port {@link Prober} over HTTPS. No retries: the caller asks again. No redirects: a key goes to
 * the account's own endpoint and nowhere else.
 */
export class DataPlaneProber implements Prober {
  readonly #callTimeoutMs: number;
  readonly #httpClient = createDefaultHttpClient();
  readonly #pipeline = createPipelineFromOptions({
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
  });

  constructor(callTimeoutMs: number) {
    this.#callTimeoutMs = callTimeoutMs;
  }

  async probe(account: Account, key: Key): Promise<Verdict> {
    const abortSignal = AbortSignal.timeout(this.#callTimeoutMs);
    try {
      const request = probeRequest(account, key, abortSignal);
      const sending = this.#pipeline.sendRequest(this.#httpClient, request);
      return verdictOf(await unlessAborted(abortSignal, sending));
    } catch {
      return 'unknown';
    }
  }
}

function probeRequest(account: Account, key: Key, abortSignal: AbortSignal) {
  const { method, path, keyHeader, body, region } = probeFor(account);
  return createPipelineRequest({
    url: `${account.endpoint}${path}`,
    method,
    abortSignal,
    headers: createHttpHeaders({
      [keyHeader]: key.reveal(),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(region && { 'Ocp-Apim-Subscription-Region': account.location }),
    }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Only a success proves a key, only 401 disproves it: a 400, 404 or 429 may be about anything. */
function verdictOf({ status, bodyAsText }: PipelineResponse): Verdict {
  if (status >= 200 && status < 300) return 'accepted';
  if (status === 401) return 'rejected';
  if (status !== 403) return 'unknown';
  return bodyAsText?.includes(KEYS_DISABLED_CODE) ? 'keysDisabled' : 'forbidden';
}
