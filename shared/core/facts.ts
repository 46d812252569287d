import {
  type Account,
  type Acknowledgement,
  type Admission,
  holdInForce,
  missingSubscribers,
  type Observation,
  type RotationRequest,
  type ScopedHold,
  SECRET_TAGS,
  type SecretVersion,
  slotOf,
} from './observation.ts';
import type { Policy, SecretRef } from './policy.ts';
import type { Reason } from './reasons.ts';
import type { RotationRecord } from './record.ts';
import { type Fingerprint, parseSlot, type Slot } from './slots.ts';
import type { Wait } from './steps.ts';
import type { Timing } from './timing.ts';

/** An observation in which everything could be read: what the rules after the guards work on. */
export interface Facts {
  readonly now: number;
  readonly deployment: string;
  readonly freshRotationId: string;
  readonly admission: Admission | undefined;
  readonly keylessPermitted: boolean;
  readonly account: Account;
  readonly policy: Policy;
  readonly keys: Readonly<Record<Slot, Fingerprint>>;
  readonly secretRef: SecretRef;
  /** Undefined: there is no secret yet. */
  readonly newest: SecretVersion | undefined;
  /** The slot whose current value is the secret's; undefined when there is none. */
  readonly activeSlot: Slot | undefined;
  readonly record: RotationRecord;
  readonly requests: readonly RotationRequest[];
  readonly acknowledgements: readonly Acknowledgement[];
  readonly hold: ScopedHold | undefined;
  readonly timing: Timing;
}

/** The facts of a complete observation; undefined when anything is missing from it. */
export function factsOf(observation: Observation, timing: Timing): Facts | undefined {
  const { account, policy, keys, secret, record, secretRef } = observation;
  if (!account.ok || !account.value || !policy.ok || !keys.ok || !secret.ok) return undefined;
  if (!record.ok || !record.value || !secretRef || secret.value.state === 'softDeleted') {
    return undefined;
  }
  const newest = secret.value.state === 'present' ? secret.value.newest : undefined;
  return {
    now: observation.now,
    deployment: observation.deployment,
    freshRotationId: observation.freshRotationId,
    admission: observation.admission,
    keylessPermitted: observation.keylessPermitted,
    account: account.value,
    policy: policy.policy,
    keys: keys.value,
    secretRef,
    newest,
    activeSlot: slotOf(keys.value, newest?.fingerprint),
    record: record.value,
    requests: observation.requests,
    acknowledgements: observation.acknowledgements,
    hold: holdInForce(observation),
    timing,
  };
}

/** Whether two references name the same secret. */
export function sameSecret(left: SecretRef, right: SecretRef): boolean {
  return left.vaultUrl === right.vaultUrl && left.name === right.name;
}

/** Whether the secret lies elsewhere than the recorded version: a person moved it by policy. */
export function secretMoved(facts: Facts): boolean {
  return facts.record.active !== null && !sameSecret(facts.record.active.secret, facts.secretRef);
}

/** The slot that the secret's tags name: a hint, never a proof. */
export function taggedSlot(newest: SecretVersion | undefined): Slot | undefined {
  const tags = newest?.tags ?? {};
  return parseSlot(tags[SECRET_TAGS.activeSlot]) ?? parseSlot(tags[SECRET_TAGS.credentialId]);
}

/** Listed subscribers that have not acknowledged the active key. */
export function missingAcknowledgements(facts: Facts): string[] {
  const { active } = facts.record;
  if (!active) return [];
  const { subscribers } = facts.policy;
  return missingSubscribers(subscribers, facts.acknowledgements, active.fingerprint);
}

/** Until when a slot (or the vault) is in quarantine; undefined when it is not. */
export function quarantinedUntil(facts: Facts, place: Slot | 'vault'): number | undefined {
  const until = facts.record.quarantine[place];
  return facts.now < until ? until : undefined;
}

/** A wait that needs nobody. */
export function wait<R extends Reason>(reason: R, until: number, message: string): Wait<R> {
  return { do: 'wait', reason, until, message, attention: false };
}

/** A wait on something that a person has to mend. */
export function waitForPerson<R extends Reason>(
  reason: R,
  until: number,
  message: string,
): Wait<R> {
  return { do: 'wait', reason, until, message, attention: true };
}

/** Waits for the end of a quarantine, after which the outcome of the attempt can be told. */
export function waitForQuarantine(place: Slot | 'vault', until: number): Wait {
  const what = place === 'vault' ? 'a publish' : `a regeneration of ${place}`;
  return wait('InQuarantine', until, `${what} of unknown outcome could still take effect`);
}
