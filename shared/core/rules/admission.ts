import { wait, waitForPerson } from '../facts.ts';
import type { Observation } from '../observation.ts';
import type { Step, Wait } from '../steps.ts';
import type { Timing } from '../timing.ts';

/** What the tick said, when, and who asked. */
type Asked = Pick<Observation, 'admission' | 'now' | 'requests'>;

/**
 * What begins of its own accord, by the schedule or as an adoption, begins only when the tick admitted the
 * account: so that a fleet keeps to its limits. What people asked for, what heals, and everything of a
 * rotation under way is never held back here.
 */
export function whenAdmitted(asked: Asked, timing: Timing, start: Step): Step {
  const begins = start.do === 'regenerate' || start.do === 'note';
  return (begins && heldBack(asked, timing, start.message)) || start;
}

/** The same for an adoption, which a person's request brings about as well. */
export function whenAdopted(asked: Asked, timing: Timing, start: Step): Step {
  return asked.requests.length > 0 ? start : whenAdmitted(asked, timing, start);
}

/** Undefined: admitted. A message that took too long admits nothing: its place may be given away. */
function heldBack({ admission, now }: Asked, timing: Timing, what: string): Wait | undefined {
  if (admission && 'refused' in admission) {
    const waiting = admission.attention ? waitForPerson : wait;
    const later = now + timing.checkIntervalMs;
    return waiting(admission.refused, later, `due: ${admission.message}`);
  }
  if (admission && now <= admission.until) return undefined;
  return wait('Due', now, `due: the next tick decides when it begins: ${what}`);
}
