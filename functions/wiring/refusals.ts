import { Problem } from '../../shared/api/problem.ts';
import type { Refusal } from '../../shared/service/operations/lookup.ts';

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
