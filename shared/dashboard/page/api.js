/** The service's API, with the function key that the operator gave, or the platform's own sign-in. */

const STORED_KEY = 'twinkey.functionKey';

/** An answer that is not a success. The message is for people. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 when there was no answer
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Whether a function key was given in this tab. */
export function hasKey() {
  return sessionStorage.getItem(STORED_KEY) !== null;
}

/**
 * Kept for this tab only, until it is closed.
 * @param {string | null} key
 */
export function setKey(key) {
  if (key === null) sessionStorage.removeItem(STORED_KEY);
  else sessionStorage.setItem(STORED_KEY, key);
}

/**
 * @param {string} path below `/api`
 * @returns {Promise<any>} the answer's JSON
 */
export function get(path) {
  return send('GET', path);
}

/**
 * @param {string} method
 * @param {string} path below `/api`
 * @param {unknown} [body]
 * @param {string} [idempotencyKey]
 * @returns {Promise<any>} the answer's JSON, null when it has none
 */
export async function send(method, path, body, idempotencyKey) {
  const response = await ask(method, path, body, idempotencyKey);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/**
 * Saves what a path answers with as a file. A link cannot do that: it would carry no function key.
 * @param {string} path below `/api`
 * @returns {Promise<boolean>} false when the service left lines out
 */
export async function download(path) {
  const response = await ask('GET', path);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = fileName(response.headers.get('content-disposition') ?? '');
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return response.headers.get('x-twinkey-complete') !== 'false';
}

/** @param {string} disposition */
function fileName(disposition) {
  return /filename="([^"]+)"/.exec(disposition)?.[1] ?? 'twinkey';
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {string} [idempotencyKey]
 */
async function ask(method, path, body, idempotencyKey) {
  const response = await fetchAnswer(`/api/${path}`, {
    method,
    headers: headers(body, idempotencyKey),
    // A sign-in page of the platform is no answer of the API.
    redirect: 'manual',
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (response.type === 'opaqueredirect') {
    throw new ApiError(0, 'The sign-in has ended. Load this page again.');
  }
  if (response.ok) return response;
  const problem = problemText(await response.text());
  throw new ApiError(response.status, problem ?? `The service answered ${response.status}.`);
}

/**
 * @param {unknown} body
 * @param {string} [idempotencyKey]
 */
function headers(body, idempotencyKey) {
  const key = sessionStorage.getItem(STORED_KEY);
  return {
    accept: 'application/json',
    ...(key !== null && { 'x-functions-key': key }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
  };
}

/**
 * @param {string} url
 * @param {RequestInit} init
 */
async function fetchAnswer(url, init) {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
  } catch {
    throw new ApiError(0, 'The service cannot be reached.');
  }
}

/** @param {string} text */
function problemText(text) {
  try {
    const { title, detail } = JSON.parse(text);
    return [title, detail].filter(Boolean).join(': ') || undefined;
  } catch {
    return undefined;
  }
}
