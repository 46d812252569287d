import type { GetTokenOptions, TokenCredential } from '@azure/core-auth';
import type { Runtime } from './runtime.ts';
import { TokenCache } from './tokenCache.ts';

/** What an app uses once its account takes no keys any more. */
export interface KeylessOptions {
  /** An identity with a role on the account, e.g. Cognitive Services User. */
  readonly credential: TokenCredential;
  /**
   * What the tokens are for. Default: the AI services of the public cloud,
   * {@link COGNITIVE_SERVICES_SCOPE}; other clouds have others:
   * `https://cognitiveservices.azure.us/.default`, `https://cognitiveservices.azure.cn/.default`.
   */
  readonly scope?: string;
}

/** The Entra ID scope of Azure AI services in the public cloud. */
export const COGNITIVE_SERVICES_SCOPE = 'https://cognitiveservices.azure.com/.default';

/** A token is not used in its last minutes: the machine's clock may be behind. */
const CLOCK_SKEW_MS = 5 * 60_000;
/** How long before that another one is fetched. */
const RENEWAL_MS = 5 * 60_000;

/** Entra ID tokens for one account, kept until they are due for renewal. */
export class EntraTokens {
  readonly #options: KeylessOptions;
  readonly #runtime: Runtime;
  readonly #cache: TokenCache;

  constructor(
    options: KeylessOptions,
    runtime: Runtime,
    onRenewalFailure: (error: unknown) => void,
  ) {
    this.#options = options;
    this.#runtime = runtime;
    this.#cache = new TokenCache(() => this.#fetch(), runtime, onRenewalFailure);
  }

  /** A token for the `Authorization` header. Rejects as the credential does. */
  get(): ReturnType<TokenCache['get']> {
    return this.#cache.get();
  }

  /** A token for one caller with wishes of its own, as a claims challenge is; not kept. */
  async getFor(options: GetTokenOptions): Promise<{ token: string; expiresOnTimestamp: number }> {
    const { credential, scope = COGNITIVE_SERVICES_SCOPE } = this.#options;
    const token = await credential.getToken(scope, options);
    if (!token) throw new Error(`The credential gave no token for ${scope}.`);
    return token;
  }

  async #fetch() {
    const { token, expiresOnTimestamp } = await this.getFor({});
    const lifetimeMs = expiresOnTimestamp - this.#runtime.now() - CLOCK_SKEW_MS;
    return { token, lifetimeMs, renewAfterMs: lifetimeMs - RENEWAL_MS };
  }
}
