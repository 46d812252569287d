const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Event Grid's waits after the 1st, 2nd, … failed attempt; then hourly. */
const waits = [10 * second, 30 * second, minute, 5 * minute, 10 * minute, 30 * minute, hour];

const timeToLiveMs = 24 * hour;
const maxAttempts = 30;

export type DeadLetterReason =
  | 'MaxDeliveryAttemptsExceeded'
  | 'TimeToLiveExceeded'
  | 'RejectedByEndpoint';

/** What follows a failed attempt: another at a time, or the end. `status` is absent without answer. */
export function afterFailure(failed: {
  acceptedAt: number;
  attempts: number;
  now: number;
  status: number | undefined;
}): { nextAt: number } | { deadLetter: DeadLetterReason } {
  if (failed.status === 400 || failed.status === 413) return { deadLetter: 'RejectedByEndpoint' };
  if (failed.attempts >= maxAttempts) return { deadLetter: 'MaxDeliveryAttemptsExceeded' };
  const nextAt = failed.now + (waits[failed.attempts - 1] ?? hour);
  if (nextAt > failed.acceptedAt + timeToLiveMs) return { deadLetter: 'TimeToLiveExceeded' };
  return { nextAt };
}
