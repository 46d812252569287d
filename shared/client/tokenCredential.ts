import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { type IssueAnswer, issueToken, issueTokenUrl, TokenError, tokenIn } from './issueToken.ts';
import { type Proof, refusalOf, sendWithProof } from './proof.ts';
import type { RotatingKey } from './rotatingKey.ts';
import { ageMs, backoffMs, pause } from './runtime.ts';
import { type HeldToken, isUsable, TokenCache } from './tokenCache.ts';

/** How often an account that is busy or away is asked before whoever waits is told. */
const ATTEMPT_LIMIT = 3;
const BACKOFF_CEILING_MS = 5_000;
/** While the secret is disabled, a token older than this is exchanged anew: keys may be refused by now. */
const DOUBT_MS = 30_000;

/**
 * A credential for clients that take Entra ID tokens, without Entra ID: its tokens are issued by the
 * account at `endpoint` in exchange for the active key. They live 10 minutes, are renewed ahead of
 * that, and a new key makes for a new token at once. For services that take such tokens: Translator,
 * Speech, multi-service accounts.
 *
 * Once the account takes no keys and the key has the option `keyless`, its tokens are Entra ID's, of
 * the scope configured there, whatever scope a client asks for.
 *
 * Throws a TypeError unless `endpoint` is an https address. `getToken` rejects with a
 * {@link TokenError}, as `ready()` does while there is no key, or as the Entra ID credential does.
 */
export function tokenCredential(
  key: RotatingKey,
  endpoint: string,
  fetch: typeof globalThis.fetch = key.runtime.fetch,
): TokenCredential {
  return new KeyTokenCredential(key, issueTokenUrl(endpoint), fetch);
}

class KeyTokenCredential implements TokenCredential {
  readonly #key: RotatingKey;
  readonly #url: string;
  readonly #fetch: typeof globalThis.fetch;
  /** The tokens that were issued for one key. */
  #issued: { readonly key: string; readonly cache: TokenCache } | undefined;
  /** The newest one, of whatever key: a token outlives its key. */
  #newest: HeldToken | undefined;

  constructor(key: RotatingKey, url: string, fetch: typeof globalThis.fetch) {
    this.#key = key;
    this.#url = url;
    this.#fetch = fetch;
  }

  async getToken(_scopes: string | string[], options: GetTokenOptions = {}): Promise<AccessToken> {
    await this.#key.ready();
    if (!this.#key.keyless) {
      try {
        return this.#toAccessToken(await this.#issuedToken(options.abortSignal));
      } catch (error) {
        if (!this.#key.keyless) throw error;
      }
    }
    return this.#entraToken(options);
  }

  /** A token for the key at hand; while the account is away, one for the key before it will do. */
  async #issuedToken(abortSignal: GetTokenOptions['abortSignal']): Promise<HeldToken> {
    const { runtime } = this.#key;
    for (let attempt = 1; ; attempt++) {
      try {
        this.#newest = await this.#cacheFor(this.#key.key).get();
        return this.#newest;
      } catch (error) {
        if (!(error instanceof TokenError) || error.reason !== 'Unavailable') throw error;
        if (this.#newest && isUsable(this.#newest, runtime)) return this.#newest;
        if (attempt === ATTEMPT_LIMIT || abortSignal?.aborted) throw error;
        await pause(backoffMs(attempt, BACKOFF_CEILING_MS), abortSignal, runtime);
      }
    }
  }

  #cacheFor(key: string): TokenCache {
    const { runtime, notify, disabled } = this.#key;
    const since = this.#issued?.cache.held?.since;
    const doubtful = disabled && since && ageMs(since, runtime) >= DOUBT_MS;
    if (this.#issued?.key === key && !doubtful) return this.#issued.cache;
    const onFailure = (error: unknown) => notify({ kind: 'tokenRenewalFailed', error });
    const cache = new TokenCache(() => this.#exchange(), runtime, onFailure);
    this.#issued = { key, cache };
    return cache;
  }

  async #exchange() {
    const answer = await sendWithProof<IssueAnswer>(this.#key, {
      send: (proof) => this.#send(proof),
      refusalOf: ({ status, body }, proof) => refusalOf(status, async () => body, proof, this.#key),
      repeatable: true,
    });
    return tokenIn(this.#url, answer, this.#key.runtime);
  }

  async #send(proof: Proof): Promise<IssueAnswer> {
    if (proof.kind === 'key') return issueToken(this.#url, proof.value, this.#fetch);
    throw new TokenError('KeysDisabled', `${this.#url}: the account takes no keys.`);
  }

  async #entraToken(options: GetTokenOptions): Promise<AccessToken> {
    const { entra } = this.#key;
    if (!entra) throw new TokenError('KeysDisabled', `${this.#url}: the account takes no keys.`);
    if (options.claims !== undefined || options.tenantId !== undefined) {
      return entra.getFor(options);
    }
    return this.#toAccessToken(await entra.get());
  }

  /**
   * The SDKs keep a token themselves. Refreshing it from the start makes them ask here at each
   * request, in the background, so that they follow a new key or the way to keyless within a request.
   */
  #toAccessToken(held: HeldToken): AccessToken {
    const { runtime } = this.#key;
    const now = runtime.now();
    const expiresOnTimestamp = now + held.lifetimeMs - ageMs(held.since, runtime);
    return {
      token: held.token,
      expiresOnTimestamp,
      refreshAfterTimestamp: now,
      tokenType: 'Bearer',
    };
  }
}
