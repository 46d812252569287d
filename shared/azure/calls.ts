import {
  exponentialRetryPolicy,
  type PipelinePolicy,
  systemErrorRetryPolicy,
} from '@azure/core-rest-pipeline';
import { Failure } from '../core/failures.ts';
import type { ClientPolicy } from './clientPolicy.ts';
import { toFailure } from './failures.ts';

/**
 * Client options for calls that may safely be made twice: connection errors and 5xx are tried twice
 * more. The SDKs' own retries are replaced because they wait out any `Retry-After`, however long;
 * here a throttled call fails at once, and its failure says how long the service asks to wait.
 * `timeoutMs` limits each request on its own, so that none stays open after its caller has left. `more`
 * happens around every try.
 */
export function repeatable(timeoutMs: number, ...more: readonly ClientPolicy[]) {
  const options = { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 };
  return {
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [
      { policy: systemErrorRetryPolicy(options), position: 'perCall' as const },
      { policy: exponentialRetryPolicy(options), position: 'perCall' as const },
      { policy: timeoutPolicy(timeoutMs), position: 'perRetry' as const },
      ...more,
    ],
  };
}

function timeoutPolicy(timeoutMs: number): PipelinePolicy {
  return {
    name: 'timeoutPolicy',
    sendRequest(request, next) {
      request.timeout = timeoutMs;
      return next(request);
    },
  };
}

/**
 * Makes one outside call (with its retries) that ends within `timeoutMs`, even when an SDK or a
 * credential ignores the signal. Throws a `Failure` and nothing else.
 */
export async function callWithin<T>(
  timeoutMs: number,
  what: string,
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await unlessAborted(signal, call(signal));
  } catch (error) {
    throw toFailure(error, what);
  }
}

/** Settles as `promise` does, or rejects as soon as the signal aborts. */
export function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([promise, aborted]);
}

/**
 * Streams a paged list. Every page is a call of its own with its own time-out, so that a long list
 * is not cut off while the consumer works. A list of more than `maxPages` fails instead of ending
 * early: a part must not be taken for the whole.
 */
export async function* pages<T>(
  timeoutMs: number,
  what: string,
  maxPages: number,
  list: { byPage(): AsyncIterator<readonly T[]> },
): AsyncGenerator<T> {
  const iterator = list.byPage();
  for (let count = 0; count <= maxPages; count++) {
    const page = await callWithin(timeoutMs, what, () => iterator.next());
    if (page.done) return;
    if (count < maxPages) yield* page.value;
  }
  throw new Failure('invalid', `${what}: more than ${maxPages} pages`);
}
