import { ageMs, backoffMs, type Moment, momentOf, type Runtime, within } from './runtime.ts';

/** A bearer token with what is known about its life, counted from the moment it was asked for. */
export interface TimedToken {
  readonly token: string;
  /** Until then it may be used, in ms. */
  readonly lifetimeMs: number;
  /** From then on another one is fetched in the background, in ms. */
  readonly renewAfterMs: number;
}

/** A token in use, since it was asked for. */
export type HeldToken = TimedToken & { readonly since: Moment };

/** Whether a token may still be used. */
export function isUsable({ since, lifetimeMs }: HeldToken, runtime: Runtime): boolean {
  return ageMs(since, runtime) < lifetimeMs;
}

const BACKOFF_CEILING_MS = 30_000;
/** For a credential that never answers; an exchange with another key and a read between takes less. */
const FETCH_LIMIT_MS = 60_000;

/**
 * Keeps one token for all who ask: at most one fetch at a time, ahead of the token's end, and on the
 * old token as long as it lives when that fails.
 */
export class TokenCache {
  readonly #fetchToken: () => Promise<TimedToken>;
  readonly #runtime: Runtime;
  readonly #onFailure: (error: unknown) => void;
  #held: HeldToken | undefined;
  #running: Promise<HeldToken> | undefined;
  #failures = 0;
  #failedAt: Moment | undefined;

  /** `onFailure` is told of background fetches that failed; whoever waits for one gets the error. */
  constructor(
    fetchToken: () => Promise<TimedToken>,
    runtime: Runtime,
    onFailure: (error: unknown) => void,
  ) {
    this.#fetchToken = fetchToken;
    this.#runtime = runtime;
    this.#onFailure = onFailure;
  }

  /** The token at hand, which may have ended. */
  get held(): HeldToken | undefined {
    return this.#held;
  }

  /** A usable token. Rejects as the fetch does when there is none. */
  async get(): Promise<HeldToken> {
    const held = this.#held;
    if (!held || !isUsable(held, this.#runtime)) return this.#renew();
    const due = ageMs(held.since, this.#runtime) >= held.renewAfterMs;
    if (due && !this.#isBackingOff()) this.#renew().catch(this.#onFailure);
    return held;
  }

  #isBackingOff(): boolean {
    if (!this.#failedAt) return false;
    const waitMs = backoffMs(this.#failures, BACKOFF_CEILING_MS);
    return ageMs(this.#failedAt, this.#runtime) < waitMs;
  }

  #renew(): Promise<HeldToken> {
    this.#running ??= this.#fetch().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #fetch(): Promise<HeldToken> {
    const since = momentOf(this.#runtime);
    try {
      const held = {
        ...(await within(FETCH_LIMIT_MS, 'Token', this.#fetchToken(), this.#runtime)),
        since,
      };
      this.#held = held;
      this.#failedAt = undefined;
      this.#failures = 0;
      return held;
    } catch (error) {
      this.#failedAt = momentOf(this.#runtime);
      this.#failures += 1;
      throw error;
    }
  }
}
