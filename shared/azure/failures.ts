import { isRestError, type RestError } from '@azure/core-rest-pipeline';
import { Failure, type FailureKind } from '../core/failures.ts';
import { NoToken } from './credentialTrouble.ts';

/**
 * Whatever an SDK threw, as a {@link Failure}. `what` names the call, e.g. `listKeys of {id}`. The
 * message is made of known parts (status, error code, request id): texts and bodies of answers
 * stay out of it, because an answer may echo what was sent.
 */
export function toFailure(error: unknown, what: string): Failure {
  if (error instanceof Failure) return error;
  if (isRestError(error)) return restFailure(error, what);
  if (error instanceof NoToken) {
    const { passing, message } = error;
    return new Failure('unauthorized', `${what}: no token`, {
      retriable: passing,
      because: message,
    });
  }
  const { name, message } = error instanceof Error ? error : new Error(`a ${typeof error}`);
  if (name === 'AbortError' || name === 'TimeoutError') {
    return new Failure('timeout', `${what}: no answer in time`);
  }
  // A plain Error is the SDK's own complaint about its settings; other classes (SyntaxError, …)
  // may quote an answer.
  const detail = name === 'Error' ? `: ${message.slice(0, 200)}` : '';
  return new Failure('unavailable', `${what}: ${name}${detail}`);
}

/** The error code that a service's answer carries, e.g. `SecretNotFound`, innermost first. */
export function errorCodes(error: unknown): string[] {
  if (!isRestError(error)) return [];
  const body = (error.details as ErrorBody | undefined)?.error;
  const inner = body?.innerError ?? body?.innererror;
  const odata = (error.details as ErrorBody | undefined)?.odataError?.code;
  return [inner?.code, body?.code, odata, error.code].filter(isCode);
}

interface ErrorBody {
  error?: { code?: string; innerError?: { code?: string }; innererror?: { code?: string } };
  odataError?: { code?: string };
}

function isCode(text: unknown): text is string {
  return typeof text === 'string' && /^[\w.-]{1,80}$/.test(text);
}

function restFailure(error: RestError, what: string): Failure {
  const codes = errorCodes(error);
  const status = error.statusCode;
  if (status === undefined) {
    return new Failure('unavailable', `${what}: connection failed (${codes[0] ?? 'no code'})`);
  }
  const requestId = error.response?.headers.get('x-ms-request-id');
  const parts = [status, ...codes.slice(0, 1), isCode(requestId) && `(request ${requestId})`];
  return new Failure(kindOf(status), `${what}: ${parts.filter(Boolean).join(' ')}`, {
    // Nobody has to mend a conflict: the state has moved on, or will.
    ...(status === 409 && { retriable: true }),
    retryAfterMs: retryAfterMs((name) => error.response?.headers.get(name)),
  });
}

function kindOf(status: number): FailureKind {
  const kinds: Record<number, FailureKind> = {
    401: 'unauthorized',
    403: 'forbidden',
    404: 'notFound',
    408: 'timeout',
    409: 'conflict',
    412: 'conflict',
    429: 'throttled',
  };
  return kinds[status] ?? (status >= 400 && status < 500 ? 'invalid' : 'unavailable');
}

/** The wait that an answer asks for: `retry-after-ms`, or `Retry-After` in seconds or as a date. */
export function retryAfterMs(header: (name: string) => string | undefined): number | undefined {
  const ms = header('retry-after-ms') ?? header('x-ms-retry-after-ms');
  if (ms !== undefined) return nonNegative(Number(ms));
  const text = header('retry-after');
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // A date counts from the answer's own date, so that no clock is needed here.
  return nonNegative(Date.parse(text) - Date.parse(header('date') ?? ''));
}

function nonNegative(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
