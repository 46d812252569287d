import { backoffMs, pause, type Runtime } from './runtime.ts';

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

/** Whether `url` lies below `apiUrl`. */
export function isBelow(apiUrl: string, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const base = new URL(apiUrl);
  const target = new URL(url);
  const path = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
  return target.origin === base.origin && target.pathname.startsWith(path);
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
  if (!isBelow(options.apiUrl, url)) {
    throw new Error(`Expected an acknowledgeUrl below ${options.apiUrl}, found ${url}.`);
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
    const response = await runtime.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await headers?.()) },
      body: JSON.stringify({ subscriber, fingerprint }),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    if (response.ok) return undefined;
    const retriable = response.status >= 500 || [408, 429].includes(response.status);
    return { message: `answered ${response.status}.`, retriable };
  } catch (error) {
    return { message: String(error), retriable: true };
  }
}
