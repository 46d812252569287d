import {
  type Facts,
  missingAcknowledgements,
  quarantinedUntil,
  wait,
  waitForPerson,
  waitForQuarantine,
} from '../facts.ts';
import type { Candidate, RotationRecord } from '../record.ts';
import { otherSlot } from '../slots.ts';
import type { Step } from '../steps.ts';
import {
  abandonRollback,
  beginRetiring,
  beginVerifying,
  intendPublish,
  markRetired,
} from '../transitions.ts';
import { overlapCutAt } from './compromise.ts';
import {
  pauseAfterTrouble,
  pauseFor,
  regenerateOrWait,
  regenerateStandby,
  reportDelay,
  reportFailure,
} from './regenerate.ts';
import { reminderOf } from './reminders.ts';

/** Rule 12: a rotation is under way: its next step, one function for each phase. */
export function rotationUnderWay(facts: Facts): Step | undefined {
  switch (facts.record.phase) {
    case 'idle':
      return undefined;
    case 'regeneratingStandby':
      return afterRegeneratingStandby(facts);
    case 'verifying':
    case 'publishing':
      return verifyOrPublish(facts);
    case 'overlap':
      return duringOverlap(facts);
    case 'regeneratingStale':
      return afterRegeneratingStale(facts);
  }
}

/** The value changed: the call happened. It did not: unknown until the quarantine is over. */
function afterRegeneratingStandby(facts: Facts): Step {
  const { record, keys, now } = facts;
  const { intent } = record;
  if (intent?.kind === 'regenerate' && keys[intent.slot] !== intent.fingerprint) {
    return {
      do: 'note',
      reason: 'Verifying',
      message: `${intent.slot} has a new value`,
      next: beginVerifying(record, intent.slot, keys[intent.slot], now),
    };
  }
  return regenerateStandby(facts, 'RegeneratingStandby', record);
}

function verifyOrPublish(facts: Facts): Step {
  const { record, keys, now } = facts;
  const { candidate } = record;
  if (!candidate) return lostCandidate(facts);
  if (keys[candidate.slot] !== candidate.fingerprint) return candidateChanged(facts, candidate);
  if (candidate.verified) return publishOrWait(facts, candidate);
  if (now >= candidate.since + facts.timing.verificationLimitMs) {
    const overdue = verificationOverdue(facts, candidate);
    if (overdue) return overdue;
  }
  const message = `try ${candidate.slot} on the data plane`;
  // A report that could not be delivered keeps no key from being tried.
  if (now < record.notBefore && !record.trouble?.telling) {
    return wait('Verifying', record.notBefore, message);
  }
  return { do: 'verify', reason: 'Verifying', message };
}

/** A record without a candidate in these phases is damaged: the standby's current value serves. */
function lostCandidate(facts: Facts): Step {
  const slot = otherSlot(facts.activeSlot ?? 'Key2');
  const next = beginVerifying(facts.record, slot, facts.keys[slot], facts.now);
  return { do: 'note', reason: 'Verifying', message: `verify ${slot}`, next };
}

/** Someone regenerated the slot meanwhile. */
function candidateChanged(facts: Facts, candidate: Candidate): Step {
  const { record, keys, now } = facts;
  if (record.rotation?.cause === 'rollback') {
    const message = `${candidate.slot} holds another value: the previous key is gone`;
    return { do: 'note', reason: 'RequestRefused', message, next: abandonRollback(record) };
  }
  return {
    do: 'note',
    reason: 'Verifying',
    message: `${candidate.slot} changed once more: verify its new value`,
    next: beginVerifying(record, candidate.slot, keys[candidate.slot], now),
  };
}

/** The limit is over: people are told, then another value is tried where there is one. */
function verificationOverdue(facts: Facts, candidate: Candidate): Step | undefined {
  const { record, now } = facts;
  const reason = 'VerificationOverdue';
  const overdue = `${candidate.slot} was not accepted within the verification limit`;
  const instead = insteadOf(facts, candidate);
  const message = `${overdue}; ${instead?.message ?? 'it is tried again, the keys stay as they are'}`;
  const reported = record.reported === reason;
  // A report that cannot be delivered must not keep another value from being tried.
  if (instead && (reported || record.notBefore > 0)) {
    return { do: 'note', reason, message, next: instead.next };
  }
  const { rotation } = record;
  if (!rotation || reported || now < record.notBefore) return undefined;
  return { do: 'report', event: 'rotationFailed', reason, message, rotation };
}

/** What to do with a candidate that is not accepted, other than to go on trying. */
function insteadOf(
  { record, keys, now }: Facts,
  candidate: Candidate,
): { message: string; next: RotationRecord } | undefined {
  const other = otherSlot(candidate.slot);
  switch (record.rotation?.cause) {
    case 'rollback':
      return { message: 'the rollback is given up', next: abandonRollback(record) };
    case 'adoption':
    case 'drift':
      if (now < record.quarantine[other]) return undefined;
      return {
        message: `${other} is tried instead`,
        next: beginVerifying(record, other, keys[other], now),
      };
    default:
      return undefined;
  }
}

function publishOrWait(facts: Facts, candidate: Candidate): Step {
  const { record, now, timing } = facts;
  const slotUntil = quarantinedUntil(facts, candidate.slot);
  if (slotUntil !== undefined) return waitForQuarantine(candidate.slot, slotUntil);
  // The vault's value is dead already when drift is healed: nobody can be hurt by another version.
  const heals = record.rotation?.cause === 'drift' && facts.activeSlot === undefined;
  const vaultUntil = heals ? undefined : quarantinedUntil(facts, 'vault');
  if (vaultUntil !== undefined) return waitForQuarantine('vault', vaultUntil);
  const message = `publish ${candidate.slot} (${candidate.fingerprint})`;
  const troubled = pauseAfterTrouble(facts, message, record.rotation);
  if (troubled) return troubled;
  const intent = intendPublish(record, candidate, now, timing);
  return { do: 'publish', reason: 'Publishing', message, intent };
}

function duringOverlap(facts: Facts): Step {
  const { record, now } = facts;
  const cutAt = overlapCutAt(facts);
  const { trouble } = record;
  // An announcement that was tried and failed does not keep a leaked key alive beyond the cut.
  if (record.announcedAt === null && (now < cutAt || record.notBefore === 0)) {
    const tried = trouble ? ` (${trouble.message})` : '';
    const message = `tell every app that the new key is in Key Vault${tried}`;
    return now < record.notBefore
      ? pauseFor(trouble)('AnnouncementPending', Math.min(record.notBefore, cutAt), message)
      : {
          do: 'announce',
          reason: 'AnnouncementPending',
          message,
          endsBy: Number.isFinite(cutAt) ? cutAt : null,
        };
  }
  if (staleIsGone(facts)) return staleSeenGone(facts);
  return keptAlive(facts, cutAt) ?? retire(facts, beginRetiring(record));
}

/** What keeps the stale key: its time is not over, or required acknowledgements are missing. */
function keptAlive(facts: Facts, cutAt: number): Step | undefined {
  const { record, now } = facts;
  const planned = record.retireAt ?? now;
  const retireAt = Math.min(planned, cutAt);
  const missing = missingAcknowledgements(facts);
  if (now >= retireAt) {
    return now < cutAt ? acknowledgementsMissing(facts, missing, planned, cutAt) : undefined;
  }
  const reminder = reminderOf(record, retireAt, planned, missing);
  const reminderAt = reminder ? Math.max(reminder.at, record.notBefore) : retireAt;
  if (reminder && reminderAt <= now) return reminder.step;
  const { trouble } = record;
  const message = 'both keys are valid; apps have time to reload';
  return trouble?.telling
    ? pauseFor(trouble)(
        'InOverlap',
        Math.min(retireAt, reminderAt),
        `${message}; ${trouble.message}`,
      )
    : wait('InOverlap', Math.min(retireAt, reminderAt), message);
}

function staleSeenGone({ record, now }: Facts): Step {
  const message = `${record.stale?.slot} holds another value: the stale key is gone`;
  return { do: 'note', reason: 'RegeneratingStale', message, next: markRetired(record, now) };
}

function staleIsGone(facts: Facts): boolean {
  const { stale } = facts.record;
  return stale !== null && facts.keys[stale.slot] !== stale.fingerprint;
}

/** Where the policy requires acknowledgements, the stale key stays alive until they are there. */
function acknowledgementsMissing(
  facts: Facts,
  missing: readonly string[],
  retireAt: number,
  cutAt: number,
): Step | undefined {
  const { policy, record, now, timing } = facts;
  if (policy.acknowledgement === 'advisory' || missing.length === 0) return undefined;
  const limit = retireAt + policy.acknowledgementLimitMs;
  const reminder = reminderOf(record, retireAt, retireAt, missing);
  const reminderAt = Math.max(reminder?.at ?? cutAt, record.notBefore);
  if (reminder && reminderAt <= now) return reminder.step;
  const later = Math.min(cutAt, reminderAt, now + timing.checkIntervalMs);
  const who = `${missing.join(', ')} did not acknowledge`;
  if (now < limit) {
    const until = Math.min(limit, later);
    const waiting = wait(
      'AcknowledgementMissing',
      until,
      `${who}; the stale key stays until they do`,
    );
    return reportDelay(facts, waiting, record.rotation);
  }
  const message = `${who} within the limit; the stale key stays until they do, or their names are taken off the list`;
  const overdue = waitForPerson('AcknowledgementOverdue', later, message);
  return reportFailure(facts, overdue, record.rotation);
}

function retire(facts: Facts, from: RotationRecord): Step {
  const standby = otherSlot(facts.activeSlot ?? 'Key1');
  const stale = from.stale ?? { slot: standby, fingerprint: facts.keys[standby] };
  const { slot } = stale;
  const message = `regenerate the stale key ${slot}`;
  return regenerateOrWait(facts, {
    reason: 'RegeneratingStale',
    slot,
    message,
    from: { ...from, stale },
  });
}

function afterRegeneratingStale(facts: Facts): Step {
  const { record, now } = facts;
  if (!staleIsGone(facts)) {
    // Before the first attempt all this was over already; without an overlap there is none of it.
    const kept = record.announcedAt === null ? undefined : keptAlive(facts, overlapCutAt(facts));
    return kept ?? retire(facts, record);
  }
  if (record.retiredAt === null) return staleSeenGone(facts);
  const message = "try the stale key's old value until it is refused";
  if (now < record.notBefore) return wait('ConfirmingRetirement', record.notBefore, message);
  return { do: 'confirmRetired', reason: 'ConfirmingRetirement', message };
}
