import type { Reason } from '../reasons.ts';
import type { Cause } from '../record.ts';

/** What an event's `cause` means, for those who read events. */
export const CAUSE_MEANINGS: Readonly<Record<Cause, string>> = {
  schedule: "The active key's period is over.",
  manual: 'An operator asked for it.',
  compromised: 'An operator declared a key leaked; the overlap may be cut short.',
  drift:
    'The secret did not hold what was published last: somebody regenerated a key or set the secret by hand.',
  rollback: 'An operator asked for the previous key back.',
  keyless:
    'An operator ends key authentication: both keys are replaced, then it is switched off for the account.',
  adoption: 'The account is new to this deployment; its keys were not regenerated for it.',
};

/** Why a rotation is held up, as RotationDelayed says it. */
export const DELAY_REASONS = {
  Held: 'An operator forbade regenerating; it goes on when the hold ends or is released.',
  WindowClosed: "The account's window is closed; it goes on when the window opens.",
  AcknowledgementMissing:
    'The overlap is over, but listed subscribers have not acknowledged the active key, which the policy requires. The stale key stays valid; it is regenerated once they have.',
  KeysStillUsed:
    'Key authentication was to end, but a subscriber that nobody knew of acknowledged the new key. It stays on until the request is taken back and made again with a new preview.',
} as const satisfies Partial<Record<Reason, string>>;

/** One of {@link DELAY_REASONS}. */
export type DelayReason = keyof typeof DELAY_REASONS;

/** Why a rotation gave up for now or needs a person, as RotationFailed says it. */
export const FAILURE_REASONS = {
  VerificationOverdue:
    'The data plane has not accepted the new key within the verification limit. It is not published; the message says what is tried next.',
  CallFailed:
    'A call was refused in a way that does not mend itself, such as a missing permission. It is tried again after a pause.',
  AcknowledgementOverdue:
    'Acknowledgements are missing beyond their limit. The stale key stays valid until they are there or a person changes the policy; it is never forced away.',
  StaleKeyStillAccepted:
    'The stale key was regenerated, but the data plane still accepts its old value after the verification limit.',
} as const satisfies Partial<Record<Reason, string>>;

/** One of {@link FAILURE_REASONS}. */
export type FailureReason = keyof typeof FAILURE_REASONS;
