/** `capacity` calls at once, refilled at `perSecond`. */
export interface BucketLimit {
  readonly capacity: number;
  readonly perSecond: number;
}

/** A token bucket. Time is handed in, so that it keeps no clock of its own. */
export class TokenBucket {
  readonly #limit: BucketLimit;
  #tokens: number;
  #filledAtMs: number;

  constructor(limit: BucketLimit, nowMs: number) {
    this.#limit = limit;
    this.#tokens = limit.capacity;
    this.#filledAtMs = nowMs;
  }

  /** Takes a token. When there is none, says after how many whole seconds there will be. */
  take(
    nowMs: number,
  ): { taken: true; remaining: number } | { taken: false; retryAfterSeconds: number } {
    const { capacity, perSecond } = this.#limit;
    const refilled = this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * perSecond;
    this.#tokens = Math.min(capacity, refilled);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) {
      const retryAfterSeconds = Math.max(1, Math.ceil((1 - this.#tokens) / perSecond));
      return { taken: false, retryAfterSeconds };
    }
    this.#tokens -= 1;
    return { taken: true, remaining: Math.floor(this.#tokens) };
  }
}
