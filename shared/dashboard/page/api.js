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
  const response = await fetchAnswer(`/api/${path}`, {
    method,
    headers: headers(body, idempotencyKey),
    // A sign-in page of the platform is no answer of the API.
    redirect: 'manual',
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (response.type === 'opaqueredirect') throw new ApiError(401, 'Not signed in');
  const text = await response.text();
  if (response.ok) return text ? JSON.parse(text) : null;
  throw new ApiError(
    response.status,
    problemText(text) ?? `The service answered ${response.status}.`,
  );
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
