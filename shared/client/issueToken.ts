import { KEY_HEADER } from './freshKeyFetch.ts';
import { saysKeyless } from './proof.ts';
import { type Runtime, withJitter } from './runtime.ts';
import type { TimedToken } from './tokenCache.ts';

/** Why there is no token. */
export type TokenErrorReason =
  /** The account refused the key, and the vault has no other. */
  | 'KeyRefused'
  /** The account takes no keys. */
  | 'KeysDisabled'
  /** The account lets nobody in from this address. */
  | 'Forbidden'
  /** Accounts of this kind, OpenAI for one, issue no tokens; or the endpoint is wrong. */
  | 'NotOffered'
  /** The account did not answer, or is busy. */
  | 'Unavailable'
  /** The account answered something that is no token. */
  | 'UnexpectedAnswer';

/** Says why an account issued no token. Never carries a key or a token. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly reason: TokenErrorReason;

  constructor(reason: TokenErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** What an account answered when it was asked for a token. */
export interface IssueAnswer {
  readonly status: number;
  readonly body: string;
}

/** "Valid 10 minutes"; used for somewhat less, because it was issued before it arrived. */
const LIFETIME_MS = 9.5 * 60_000;
const RENEW_AFTER_MS = 8 * 60_000;
const TIMEOUT_MS = 10_000;
/** Header, claims and signature of a JWT. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** The address where an account issues tokens. Throws unless `endpoint` is an https address. */
export function issueTokenUrl(endpoint: string): string {
  if (!URL.canParse(endpoint) || new URL(endpoint).protocol !== 'https:') {
    throw new TypeError(`Expected an https endpoint, found ${endpoint}.`);
  }
  return `${endpoint.replace(/\/+$/, '')}/sts/v1.0/issueToken`;
}

/** Asks for a token with a key. Rejects with a {@link TokenError} when there is no answer. */
export async function issueToken(
  url: string,
  key: string,
  fetch: typeof globalThis.fetch,
): Promise<IssueAnswer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { [KEY_HEADER]: key },
      body: '',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: (await response.text()).trim() };
  } catch (error) {
    throw new TokenError('Unavailable', `${url}: no answer.`, error);
  }
}

/** The token in an answer. Throws a {@link TokenError} when there is none. */
export function tokenIn(url: string, { status, body }: IssueAnswer, runtime: Runtime): TimedToken {
  if (status === 200 && TOKEN.test(body)) {
    const renewAfterMs = withJitter(RENEW_AFTER_MS, runtime.random());
    return { token: body, lifetimeMs: LIFETIME_MS, renewAfterMs };
  }
  throw new TokenError(reasonFor(status, body), `${url}: answered ${status}.`);
}

function reasonFor(status: number, body: string): TokenErrorReason {
  if ((status === 401 || status === 403) && saysKeyless(body)) return 'KeysDisabled';
  if (status === 401) return 'KeyRefused';
  if (status === 403) return 'Forbidden';
  if (status === 404) return 'NotOffered';
  if (status === 408 || status === 429 || status >= 500) return 'Unavailable';
  return 'UnexpectedAnswer';
}
