import { RequestError } from './errors.ts';

/** What to do about a kind of refusal, where its detail does not say so. */
const ADVICE: Readonly<Record<string, string>> = {
  forbidden: 'Ask for the role, or use an identity that has it.',
  'unknown-account': "See the accounts with 'status'; a new one is known after its first pass.",
  'unknown-rotation': "See the rotations' ids with 'history'.",
  'rotation-under-way': "Follow it with 'history'; a leaked key does not wait: 'compromised'.",
  'preview-outdated': "See it with 'keyless' without --confirm.",
  'rollback-impossible': "To get away from the active key, use 'rotate'.",
  'upstream-refused': 'Asking again does not help before that.',
  'upstream-unavailable': 'Try again in a while.',
};

/** Too busy, or on its way back. */
const TRANSIENT_STATUSES = new Set([429, 500, 502, 503, 504]);

/** One line about an answer that is not the one hoped for. `text` is its body. */
export function refusalOf(response: Response, text: string, hasKey: boolean): RequestError {
  const { status } = response;
  const isTransient = TRANSIENT_STATUSES.has(status);
  const problem = parseProblem(text);
  if (problem) {
    const { title, detail, kind } = problem;
    const message = [`${title}: ${sentence(detail)}`, ADVICE[kind]].filter(Boolean).join(' ');
    return new RequestError(message, {
      kind,
      isTransient: isTransient && kind !== 'upstream-refused',
    });
  }
  if (status === 401) return new RequestError(unauthorized(hasKey));
  if (status >= 300 && status < 400) {
    return new RequestError(
      `Expected an answer of the Twinkey API, found a redirect (${status}). Check --url; a page to ` +
        'sign in cannot be used here.',
    );
  }
  return new RequestError(
    `Expected an answer of the Twinkey API, found ${status} without an explanation. ` +
      (isTransient ? 'Try again in a while.' : 'Check --url: it ends in /api.'),
    { isTransient },
  );
}

/** No answer at all. */
export function unreachable(url: string, error: unknown): RequestError {
  const found = reasonOf(error);
  return new RequestError(
    `Expected the service at ${url}, found ${found}. Check that it runs, or name another with --url ` +
      'or TWINKEY_URL.',
    { isTransient: true },
  );
}

function unauthorized(hasKey: boolean): string {
  const found = hasKey ? 'one that it does not know' : 'none';
  return (
    `Expected a function key that the service knows, found ${found} (401). ` +
    'Set TWINKEY_FUNCTION_KEY, or name a file that holds it with --key-file.'
  );
}

function parseProblem(text: string) {
  try {
    const { type, title, detail } = JSON.parse(text);
    if (typeof type !== 'string' || typeof title !== 'string') return undefined;
    const kind = type.replace(/^urn:twinkey:problem:/, '');
    return { kind, title, detail: typeof detail === 'string' ? detail : kind };
  } catch {
    return undefined;
  }
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The cause's code; `fetch failed` says nothing. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
