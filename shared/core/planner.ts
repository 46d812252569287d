import { type Facts, factsOf, wait } from './facts.ts';
import type { Observation } from './observation.ts';
import {
  accountUnavailable,
  claimedByAnother,
  observationIncomplete,
  policyUnreadable,
  secretDisabledOrDeleted,
  secretOfAnother,
} from './rules/guards.ts';
import { idle } from './rules/idle.ts';
import { keysSwitchedOff } from './rules/keyless.ts';
import { requestWaits } from './rules/requests.ts';
import { rotationUnderWay } from './rules/rotation.ts';
import { newestNotRecorded, recordMissing, vaultLacksLiveKey } from './rules/vault.ts';
import type { Step } from './steps.ts';
import type { Timing } from './timing.ts';

/** Rules on the raw observation, in which anything may be unreadable. */
const GUARDS: readonly ((observation: Observation, timing: Timing) => Step | undefined)[] = [
  policyUnreadable,
  keysSwitchedOff,
  accountUnavailable,
  claimedByAnother,
  observationIncomplete,
  secretOfAnother,
  secretDisabledOrDeleted,
  recordMissing,
];

/** Rules on complete facts. */
const DECISIONS: readonly ((facts: Facts) => Step | undefined)[] = [
  vaultLacksLiveKey,
  newestNotRecorded,
  requestWaits,
  rotationUnderWay,
  idle,
];

/**
 * The one next step for an account. The first rule that applies wins: the order of the rules is the
 * specification. Pure: the same observation gives the same step.
 */
export function planNextStep(observation: Observation, timing: Timing): Step {
  for (const guard of GUARDS) {
    const step = guard(observation, timing);
    if (step) return step;
  }
  const facts = factsOf(observation, timing);
  for (const decide of DECISIONS) {
    const step = facts && decide(facts);
    if (step) return step;
  }
  return wait(
    'ObservationIncomplete',
    observation.now + timing.checkIntervalMs,
    'nothing is known about the account. No key is touched',
  );
}
