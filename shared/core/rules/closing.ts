import type { RotationRequest } from '../observation.ts';
import type { CloseRequest } from '../steps.ts';

/** The request has been carried out. */
export function done(request: RotationRequest, message: string): CloseRequest {
  return close(request, 'RequestDone', message);
}

/** The request cannot be carried out (any more). */
export function refuse(request: RotationRequest, message: string): CloseRequest {
  return close(request, 'RequestRefused', message);
}

function close(
  request: RotationRequest,
  reason: CloseRequest['reason'],
  message: string,
): CloseRequest {
  const { id: requestId, actor } = request;
  return { do: 'closeRequest', reason, message: `${request.kind}: ${message}`, requestId, actor };
}
