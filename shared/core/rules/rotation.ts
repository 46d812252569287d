import {
  type Facts,
  missingAcknowledgements,
  quarantinedUntil,
  wait,
  waitForPerson,
  waitForQuarantine,
} from '../facts.ts';
import type { Candidate, RotationRecord } from '../record.ts';
import { nextReminderAt } from '../schedule.ts';
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
import { regenerateOrWait, regenerateStandby, reportOnce } from './regenerate.ts';

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
  const slot = otherSlot(facts.activeSlot ?? 'Key1');
  const { intent } = record;
  if (intent?.kind === 'regenerate' && keys[intent.slot] !== intent.fingerprint) {
    return {
      do: 'note',
      reason: 'Verifying',
      message: `${intent.slot} has a new value`,
      next: beginVerifying(record, intent.slot, keys[intent.slot], now),
    };
  }
  const until = quarantinedUntil(facts, slot);
  if (until !== undefined) return waitForQuarantine(slot, until);
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
  if (now < record.notBefore) return wait('Verifying', record.notBefore, message);
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

/** The limit is over: another value where there is one, else people are told and probing goes on. */
function verificationOverdue(facts: Facts, candidate: Candidate): Step | undefined {
  const { record, keys, now } = facts;
  const cause = record.rotation?.cause;
  const message = `${candidate.slot} was not accepted within the verification limit`;
  if (cause === 'rollback') {
    return { do: 'note', reason: 'VerificationOverdue', message, next: abandonRollback(record) };
  }
  const other = otherSlot(candidate.slot);
  if ((cause === 'adoption' || cause === 'drift') && !quarantinedUntil(facts, other)) {
    const next = beginVerifying(record, other, keys[other], now);
    return { do: 'note', reason: 'VerificationOverdue', message: `${message}: try ${other}`, next };
  }
  if (record.reported === 'VerificationOverdue' || now < record.notBefore) return undefined;
  const report = `${message}; it is tried again, and the active key stays as it is`;
  return { do: 'report', event: 'rotationFailed', reason: 'VerificationOverdue', message: report };
}

function publishOrWait(facts: Facts, candidate: Candidate): Step {
  const { record, now, timing } = facts;
  const slotUntil = quarantinedUntil(facts, candidate.slot);
  if (slotUntil !== undefined) return waitForQuarantine(candidate.slot, slotUntil);
  // The vault's value is dead already when drift is healed: nobody can be hurt by another version.
  const vaultUntil =
    record.rotation?.cause === 'drift' ? undefined : quarantinedUntil(facts, 'vault');
  if (vaultUntil !== undefined) return waitForQuarantine('vault', vaultUntil);
  const message = `publish ${candidate.slot} (${candidate.fingerprint})`;
  if (now < record.notBefore)
    return wait('CallFailed', record.notBefore, `${message}, after a pause`);
  const intent = intendPublish(record, candidate, now, timing);
  return { do: 'publish', reason: 'Publishing', message, intent };
}

function duringOverlap(facts: Facts): Step {
  const { record, now } = facts;
  const cutAt = overlapCutAt(facts);
  if (record.announcedAt === null) {
    const message = 'tell every app that the new key is in Key Vault';
    if (now >= record.notBefore) {
      return { do: 'announce', reason: 'AnnouncementPending', message };
    }
    if (cutAt === undefined || now < cutAt) {
      const until = Math.min(record.notBefore, cutAt ?? record.notBefore);
      return wait('AnnouncementPending', until, message);
    }
  }
  if (staleIsGone(facts)) {
    return staleSeenGone(facts);
  }
  const planned = record.retireAt ?? now;
  const retireAt = cutAt === undefined ? planned : Math.min(planned, cutAt);
  const reminderAt = nextReminderAt(record);
  const missing = missingAcknowledgements(facts);
  if (now < retireAt) {
    if (reminderAt !== undefined && reminderAt <= now && now >= record.notBefore) {
      return { do: 'remind', reason: 'ReminderDue', message: 'remind apps to reload', missing };
    }
    const until = Math.min(retireAt, Math.max(reminderAt ?? retireAt, record.notBefore));
    return wait('InOverlap', until, 'both keys are valid; apps have time to reload');
  }
  const delayed =
    cutAt === undefined ? acknowledgementsMissing(facts, missing, planned) : undefined;
  return delayed ?? retire(facts, beginRetiring(record));
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
): Step | undefined {
  const { policy, record, now, timing } = facts;
  if (policy.acknowledgement === 'advisory' || missing.length === 0) return undefined;
  const limit = retireAt + policy.acknowledgementLimitMs;
  const who = `${missing.join(', ')} did not acknowledge`;
  if (now < limit) {
    const until = Math.min(limit, now + timing.checkIntervalMs);
    return reportOnce(facts, wait('AcknowledgementMissing', until, `${who}; the stale key stays`));
  }
  const later = now + timing.checkIntervalMs;
  const message = `${who} within the limit; the stale key stays until someone looks`;
  const overdue = waitForPerson('AcknowledgementOverdue', later, message);
  if (record.reported === overdue.reason || now < record.notBefore) return overdue;
  return { do: 'report', event: 'rotationFailed', reason: overdue.reason, message };
}

function retire(facts: Facts, from: RotationRecord): Step {
  const slot = from.stale?.slot ?? otherSlot(facts.activeSlot ?? 'Key1');
  const message = `regenerate the stale key ${slot}`;
  return regenerateOrWait(facts, { reason: 'RegeneratingStale', slot, message, from });
}

function afterRegeneratingStale(facts: Facts): Step {
  const { record, now } = facts;
  if (!staleIsGone(facts)) {
    const slot = record.stale?.slot ?? otherSlot(facts.activeSlot ?? 'Key1');
    const until = quarantinedUntil(facts, slot);
    if (until !== undefined) return waitForQuarantine(slot, until);
    return retire(facts, record);
  }
  if (record.retiredAt === null) return staleSeenGone(facts);
  const message = "try the stale key's old value until it is refused";
  if (now < record.notBefore) return wait('ConfirmingRetirement', record.notBefore, message);
  return { do: 'confirmRetired', reason: 'ConfirmingRetirement', message };
}
