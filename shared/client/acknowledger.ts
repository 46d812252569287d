import { backoffMs, pause, type Runtime, within } from './runtime.ts';
import type { Publication } from './secretReader.ts';

/** How an app says that it uses the new key. */
export interface AcknowledgementOptions {
  /** The app's name, as the account's `key-rotation-subscribers` tag lists it. */
  readonly subscriber: string;
  /**
   * Base URL of the service's HTTP API. An event's `acknowledgeUrl` is used only below this one:
   * whoever can send the app an event must not be able to point it, or its headers, elsewhere.
   */
  readonly apiUrl: string;
  /** What the API asks for, e.g. `x-functions-key` or `authorization`; asked again at each attempt. */
  readonly headers?: () => Record<string, string> | Promise<Record<string, string>>;
}

const ATTEMPT_LIMIT = 8;
const ATTEMPT_TIMEOUT_MS = 10_000;
const BACKOFF_CEILING_MS = 60_000;

/** The one resource of the API that takes acknowledgements. */
const ACKNOWLEDGEMENTS = /^accounts\/[^/]+\/[^/]+\/[^/]+\/rotations\/[^/]+\/acks$/;
/** What a problem says is for a log: longer than this it is something else. */
const DETAIL_LIMIT = 300;

/** The resource id of an account, as the tags of its secret have it. */
const ACCOUNT_ID =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/[^/]+\/accounts\/([^/]+)$/i;

/**
 * Where the key of a publication is acknowledged: what the events about it name as `acknowledgeUrl`.
 * Undefined when its account is no resource id, as one that was too long for a tag.
 */
export function acknowledgeUrlOf(
  apiUrl: string,
  { accountId, rotationId }: Publication,
): string | undefined {
  const [, ...account] = ACCOUNT_ID.exec(accountId) ?? [];
  if (account.length === 0) return undefined;
  const { origin, pathname } = new URL(apiUrl);
  const path = ['accounts', ...account, 'rotations', rotationId, 'acks'];
  return `${origin}${pathname.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`;
}

/** Throws a TypeError that names what is wrong with the options. */
export function assertAcknowledgeable({ subscriber, apiUrl }: AcknowledgementOptions): void {
  if (!subscriber) throw new TypeError("Expected the subscriber's name, found an empty one.");
  if (!URL.canParse(apiUrl)) throw new TypeError(`Expected apiUrl to be a URL, found ${apiUrl}.`);
}

/** Whether `url` takes acknowledgements and lies below `apiUrl`. */
function takesAcknowledgements(apiUrl: string, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const base = new URL(apiUrl);
  const { origin, username, password, pathname, search } = new URL(url);
  const path = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
  if (origin !== base.origin || username || password || search) return false;
  return pathname.startsWith(path) && ACKNOWLEDGEMENTS.test(pathname.slice(path.length));
}

/**
 * Tells the service that this app uses the key with `fingerprint`. Repeats with backoff (about two
 * minutes in all) while the service is busy or away; rejects when it refuses, when attempts run out
 * or when `signal` is aborted. The service reminds, so that a lost acknowledgement gets another chance.
 */
export async function acknowledge(
  url: string,
  fingerprint: string,
  options: AcknowledgementOptions,
  signal: AbortSignal,
  runtime: Runtime,
): Promise<void> {
  if (!takesAcknowledgements(options.apiUrl, url)) {
    throw new Error(`Expected ${options.apiUrl}/accounts/…/acks as acknowledgeUrl, found ${url}.`);
  }
  for (let attempt = 1; ; attempt++) {
    const problem = await post(url, fingerprint, options, signal, runtime);
    if (!problem) return;
    if (!problem.retriable || attempt === ATTEMPT_LIMIT || signal.aborted) {
      throw new Error(`Acknowledgement to ${url}: ${problem.message}`);
    }
    await pause(backoffMs(attempt, BACKOFF_CEILING_MS), signal, runtime);
  }
}

async function post(
  url: string,
  fingerprint: string,
  { subscriber, headers }: AcknowledgementOptions,
  signal: AbortSignal,
  runtime: Runtime,
): Promise<{ message: string; retriable: boolean } | undefined> {
  try {
    // Made by the app: headers that never come would end all further attempts.
    const asked = within(ATTEMPT_TIMEOUT_MS, 'Headers', Promise.resolve(headers?.()), runtime);
    const response = await runtime.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await asked) },
      body: JSON.stringify({ subscriber, fingerprint }),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
    });
    const body = await response.text();
    if (response.ok) return undefined;
    const retriable = response.status >= 500 || [408, 429].includes(response.status);
    return { message: `answered ${response.status}${detailOf(body)}.`, retriable };
  } catch (error) {
    return { message: String(error), retriable: true };
  }
}

/** What a problem (RFC 9457) says beyond its status. */
function detailOf(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === 'string' ? `: ${detail.slice(0, DETAIL_LIMIT)}` : '';
  } catch {
    return '';
  }
}
