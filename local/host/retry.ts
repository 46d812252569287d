import type { RetryOptions } from './rpc.ts';

/**
 * How long to wait before retry number `retryCount` (from 1), in ms; undefined when the policy does
 * not allow that many. Backoff doubles from the minimum interval up to the maximum.
 */
export function retryDelayMs(
  policy: RetryOptions | undefined,
  retryCount: number,
): number | undefined {
  if (!policy) return undefined;
  if (policy.maxRetryCount !== -1 && retryCount > policy.maxRetryCount) return undefined;
  if (policy.retryStrategy === 'fixedDelay') return (policy.delayInterval?.seconds ?? 0) * 1000;
  const minimum = policy.minimumInterval?.seconds ?? 0;
  const maximum = policy.maximumInterval?.seconds ?? minimum;
  return Math.min(minimum * 2 ** (retryCount - 1), maximum) * 1000;
}
