import { Problem } from '../../shared/api/problem.ts';
import type { Failure, FailureKind } from '../../shared/core/failures.ts';
import type { Refusal } from '../../shared/service/operations/lookup.ts';

/** Who can mend what a service behind refuses, by the kind of failure. */
const REMEDIES: Partial<Record<FailureKind, string>> = {
  unauthorized: "the service's identity was not accepted: an administrator has to look at it",
  forbidden:
    "the service's identity lacks a permission, or a network rule shuts it out: an administrator has to grant its roles",
};

/** What the caller is told of a failure: an outage, which passes, or a refusal, which somebody has to mend. */
export function failureProblem({ kind, retriable, message }: Failure): Problem {
  if (retriable || kind === 'notSent') return new Problem('upstream-unavailable', message);
  const remedy = REMEDIES[kind] ?? 'asking again does not help: an administrator has to look at it';
  return new Problem('upstream-refused', `${message}; ${remedy}`);
}

/** What the caller is told of a refusal. */
export function refusalProblem(refusal: Refusal): Problem {
  switch (refusal.kind) {
    case 'unknownAccount':
      return new Problem('unknown-account', 'the account is not known to this deployment');
    case 'unknownRotation':
      return new Problem('unknown-rotation', 'the account has no such rotation');
    case 'notRotatable': {
      const { reason, message } = refusal.status;
      return new Problem('not-rotatable', message, { reason });
    }
    case 'underWay': {
      const { rotationId } = refusal;
      const detail = `rotation ${rotationId} has to end first; it goes on by itself`;
      return new Problem('rotation-under-way', detail, { rotationId });
    }
    case 'idReused':
      return new Problem(
        'idempotency-key-reused',
        'the key came before with another body, or is the id of another rotation: take a new one',
      );
    case 'unknownContinuation': {
      const detail = 'continuation: expected what the page before gave, found another';
      return new Problem('invalid-request', detail, { problems: [detail] });
    }
    case 'overlapTooLong': {
      const [most, found] = [refusal.periodMs, refusal.overlapMs].map((ms) => `${ms / 1000} s`);
      const detail = `overlap: expected at most the account's period of ${most}, found ${found}`;
      return new Problem('invalid-request', detail, { problems: [detail] });
    }
    case 'rollbackImpossible':
      return new Problem('rollback-impossible', refusal.message);
    case 'keylessNotPermitted':
      return new Problem(
        'not-permitted',
        'ending key authentication is off: expected the setting TWINKEY_ALLOW_KEYLESS=true, and accounts/write for the identity',
      );
    case 'keysBeingSwitchedOff':
      return new Problem(
        'not-rotatable',
        'key authentication is off or being switched off: it is too late to take that back',
        { reason: 'KeylessRequested' },
      );
    case 'previewOutdated': {
      const { confirm } = refusal;
      const detail = 'what it would break is not what was confirmed: look at the preview again';
      return new Problem('preview-outdated', detail, { confirm });
    }
    case 'notSubscribed': {
      const listed = refusal.subscribers.join(', ') || 'nobody';
      return new Problem('not-a-subscriber', `the tag key-rotation-subscribers lists ${listed}`);
    }
    case 'notActive': {
      const { activeFingerprint } = refusal;
      const detail = `the active key is ${activeFingerprint ?? 'not published yet'}: reload the secret`;
      return new Problem('fingerprint-not-active', detail, { activeFingerprint });
    }
  }
}
