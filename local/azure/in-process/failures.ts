import { Failure, type FailureKind } from '../../../shared/core/failures.ts';
import type { AzureError } from '../model/azure-error.ts';

const kindOfStatus: Record<number, FailureKind> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  408: 'timeout',
  409: 'conflict',
  429: 'throttled',
};

/** A refusal as the service sees it through its adapters. */
export function refusal(what: string, error: AzureError): Failure {
  const { status, code, retryAfterSeconds } = error;
  const kind = kindOfStatus[status] ?? (status < 500 ? 'invalid' : 'unavailable');
  return new Failure(kind, `${what}: ${status} ${code}`, {
    ...(kind === 'conflict' && { retriable: true }),
    retryAfterMs: retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000,
  });
}
