import { KEY_HEADER } from './freshKeyFetch.ts';
import { refusalOf, sendWithProof } from './proof.ts';
import type { RotatingKey } from './rotatingKey.ts';

/** As much of the Azure SDKs' `PipelineRequest` as is needed here. */
interface PolicyRequest {
  readonly headers: { set(name: string, value: string): void; delete(name: string): void };
  readonly body?: unknown;
}

/** As much of the Azure SDKs' `PipelineResponse` as is needed here. */
interface PolicyResponse {
  readonly status: number;
  readonly bodyAsText?: string | null;
}

/** A policy for the pipeline of an official Azure SDK client, a `PipelinePolicy` by its shape. */
export interface FreshKeyPolicy {
  readonly name: string;
  sendRequest<Request extends PolicyRequest, Response extends PolicyResponse>(
    request: Request,
    next: (request: Request) => Promise<Response>,
  ): Promise<Response>;
}

/**
 * What {@link withFreshKey} is to fetch, for an official client with a `KeyCredential`: a reload and
 * one repetition on 401, and Entra ID tokens once the account takes no keys. It belongs behind the
 * client's own retries:
 *
 *     new TextAnalyticsClient(endpoint, key, {
 *       additionalPolicies: [{ policy: freshKeyPolicy(key), position: 'perRetry' }],
 *     });
 */
export function freshKeyPolicy(key: RotatingKey, header: string = KEY_HEADER): FreshKeyPolicy {
  /** The SDKs repeat one and the same request: a token must not go along with the key after it. */
  const withToken = new WeakSet<PolicyRequest>();
  return {
    name: 'twinkeyFreshKeyPolicy',
    sendRequest: (request, next) =>
      sendWithProof(key, {
        send: (proof) => {
          if (proof.kind === 'key') {
            request.headers.set(header, proof.value);
            if (withToken.delete(request)) request.headers.delete('authorization');
          } else {
            withToken.add(request);
            request.headers.delete(header);
            request.headers.set('authorization', `Bearer ${proof.value}`);
          }
          return next(request);
        },
        refusalOf: ({ status, bodyAsText }, proof) =>
          refusalOf(status, async () => bodyAsText ?? '', proof, key),
        repeatable: !isStream(request.body),
      }),
  };
}

/** A stream is gone once it was sent; the SDKs take a function that makes one, too. */
function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('pipe' in body || 'getReader' in body);
}
