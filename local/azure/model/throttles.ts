import { AzureError } from './azure-error.ts';
import type { Clock } from './time.ts';
import { type BucketLimit, TokenBucket } from './token-bucket.ts';

/** The sorts of calls that Azure counts separately. */
export type ThrottleKind = 'armRead' | 'armWrite' | 'vaultCall' | 'vaultCreation';

/** A kind that is left out is not limited. */
export type ThrottleLimits = Partial<Record<ThrottleKind, BucketLimit>>;

/**
 * Azure's published figures: ARM per subscription and principal, Key Vault per vault. Key Vault
 * documents a count per ten seconds; a bucket of that size comes close enough.
 */
export const azureThrottles: ThrottleLimits = {
  armRead: { capacity: 250, perSecond: 25 },
  armWrite: { capacity: 200, perSecond: 10 },
  vaultCall: { capacity: 4000, perSecond: 400 },
  vaultCreation: { capacity: 300, perSecond: 30 },
};

/** The bucket a call draws from: `scope` is the subscription or the vault. */
export interface Throttle {
  readonly kind: ThrottleKind;
  readonly scope: string;
}

export class Throttles {
  readonly #clock: Clock;
  readonly #limits: ThrottleLimits;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock, limits: ThrottleLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Draws one call from the bucket; throws a 429 when it is empty. Returns what is left, if limited. */
  draw({ kind, scope }: Throttle): number | undefined {
    const limit = this.#limits[kind];
    if (!limit) return undefined;
    const now = this.#clock.now();
    const name = `${kind} ${scope}`;
    const bucket = this.#buckets.get(name) ?? new TokenBucket(limit, now);
    this.#buckets.set(name, bucket);
    const drawn = bucket.take(now);
    if (drawn.taken) return drawn.remaining;
    throw new AzureError(429, 'TooManyRequests', 'Too many requests: the limit is used up.', {
      retryAfterSeconds: drawn.retryAfterSeconds,
    });
  }
}
