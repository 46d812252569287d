import { type Facts, wait } from '../facts.ts';
import { rotationDueAt } from '../schedule.ts';
import type { Step } from '../steps.ts';
import { whenAdmitted } from './admission.ts';
import { endKeys } from './keyless.ts';
import { startRotation } from './regenerate.ts';

/** Rules 13 and 14: idle: start when due, else say until when there is nothing to do. */
export function idle(facts: Facts): Step {
  const { record, account, policy, timing, now } = facts;
  if (!record.active)
    return wait('NotDue', now + timing.checkIntervalMs, 'no key is published yet');
  const dueAt = rotationDueAt(
    record.active,
    record.lastRotation?.cause,
    account.id,
    policy,
    timing,
  );
  // What was refused once must not keep keys from being rotated; else the end of keys goes first.
  const step = endKeys(facts);
  if (step && step.do !== 'wait' && !record.trouble) return step;
  if (now >= dueAt) return whenAdmitted(facts, timing, startRotation(facts, 'schedule'));
  if (step?.do === 'wait') return { ...step, until: Math.min(step.until, dueAt) };
  if (step) return step;
  return wait('NotDue', dueAt, 'the active key is young enough');
}
