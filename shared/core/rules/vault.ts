import {
  type Facts,
  quarantinedUntil,
  sameSecret,
  secretMoved,
  taggedSlot,
  waitForQuarantine,
} from '../facts.ts';
import type { Observation, SecretVersion } from '../observation.ts';
import { SECRET_TAGS } from '../observation.ts';
import type { Rotation } from '../record.ts';
import { type Fingerprint, otherSlot, SLOTS, type Slot } from '../slots.ts';
import type { Note, Step } from '../steps.ts';
import type { Timing } from '../timing.ts';
import {
  beginWithCurrentValue,
  enterOverlap,
  freshRecord,
  newRotation,
  publicationOf,
} from '../transitions.ts';
import { whenAdopted } from './admission.ts';

/**
 * Rules 7 to 10: bring the record in line with what Key Vault says. The vault is right, except
 * where its value is one that the account does not accept.
 */

/**
 * Rule 7: no record. What was under way is not known, so all quarantines run; for an account that was
 * never published there is nothing that could be hurt. That neither record nor secret is there does not
 * prove it: where both were lost while a regenerate of Key1 was under way, an adoption that did not wait
 * would publish Key1 just before that takes effect.
 */
export function recordMissing(observation: Observation, timing: Timing): Step | undefined {
  const { record, secret, now, accountId } = observation;
  if (!record.ok || record.value || !secret.ok || secret.value.state === 'softDeleted') {
    return undefined;
  }
  const isPresent = secret.value.state === 'present';
  const lost = isPresent || observation.publishedBefore;
  const begin: Note = {
    do: 'note',
    reason: 'RecordMissing',
    message: missingMessage(isPresent, lost),
    next: freshRecord(accountId, lost ? now + timing.quarantineMs : 0),
  };
  return lost ? begin : whenAdopted(observation, timing, begin);
}

function missingMessage(isPresent: boolean, lost: boolean): string {
  if (isPresent) return 'no record: made from what Key Vault says, all quarantines running';
  return lost
    ? 'record and secret are gone: begun anew, all quarantines running'
    : 'neither record nor secret: a new account';
}

/** Rules 8 and 9: the vault holds no key that the account accepts: give it one. */
export function vaultLacksLiveKey(facts: Facts): Step | undefined {
  if (facts.activeSlot || isHealing(facts)) return undefined;
  const slot = slotsToPublish(facts).find((each) => !quarantinedUntil(facts, each));
  if (!slot) {
    const ends = SLOTS.map((each) => quarantinedUntil(facts, each) ?? facts.now);
    const place = ends[0] === Math.min(...ends) ? 'Key1' : 'Key2';
    return waitForQuarantine(place, Math.min(...ends));
  }
  const rotation = newRotation({
    freshId: facts.freshRotationId,
    cause: facts.newest ? 'drift' : 'adoption',
    now: facts.now,
    secret: facts.secretRef,
    overlapMs: facts.policy.overlapMs,
  });
  const begin: Note = {
    do: 'note',
    reason: facts.newest ? 'Drifted' : 'SecretMissing',
    message: facts.newest
      ? `the secret's value matches neither key: verify and publish ${slot}`
      : `no secret yet: verify and publish ${slot}`,
    next: beginWithCurrentValue(facts.record, rotation, slot, facts.keys[slot]),
  };
  return isFirstPublish(facts) ? whenAdopted(facts, facts.timing, begin) : begin;
}

/** An adoption: no app reads this secret yet, so nobody is hurt while it waits. */
function isFirstPublish({ newest, record }: Facts): boolean {
  return !newest && !record.active && record.phase === 'idle';
}

/** Whether a current value is already on its way into the vault, because the vault lacks one. */
export function isHealing(facts: Facts): boolean {
  const { phase, rotation, candidate } = facts.record;
  if (facts.activeSlot || !rotation || !candidate) return false;
  return (
    (phase === 'verifying' || phase === 'publishing') &&
    ['adoption', 'drift'].includes(rotation.cause) &&
    sameSecret(rotation.secret, facts.secretRef) &&
    facts.keys[candidate.slot] === candidate.fingerprint &&
    quarantinedUntil(facts, candidate.slot) === undefined
  );
}

/** In which order slots are tried: what the tag names, what the record says, Key1, Key2. */
function slotsToPublish(facts: Facts): Slot[] {
  const tagged = secretMoved(facts) ? undefined : taggedSlot(facts.newest);
  const recorded = SLOTS.find((slot) => facts.keys[slot] === facts.record.active?.fingerprint);
  const named = [tagged, recorded, facts.record.active?.slot].filter((slot) => slot !== undefined);
  return [...new Set([...named, ...SLOTS])];
}

/** Rule 10: the newest version is not the recorded one, so the record follows. */
export function newestNotRecorded(facts: Facts): Note | undefined {
  const { newest, activeSlot, record, secretRef } = facts;
  if (!newest || !activeSlot) return undefined;
  const { active } = record;
  const recorded =
    active?.versionId === newest.id &&
    active.slot === activeSlot &&
    sameSecret(active.secret, secretRef);
  if (recorded) return undefined;
  const fingerprint = facts.keys[activeSlot];
  const rotation = rotationBehind(facts, newest, fingerprint);
  const publication = publicationOf(secretRef, newest, activeSlot, fingerprint);
  const stale = facts.keys[otherSlot(activeSlot)];
  const overlap = enterOverlap(record, rotation, publication, stale);
  // A lower bound only: the overlap counts from the announcement, which is sent again.
  const retireAt = Math.max(overlap.retireAt ?? 0, newest.createdAt + rotation.overlapMs);
  return {
    do: 'note',
    reason: 'Rebased',
    message: `the newest version ${newest.id} holds ${activeSlot}: overlap with ${otherSlot(activeSlot)} as stale key`,
    next: { ...overlap, retireAt },
  };
}

/**
 * The rotation that published this version: the one under way, if it has not announced anything yet,
 * else a new one. The tags alone name none: they may be of a rotation that was told of to its end, or
 * copied along with another value by hand, and events of two keys under one id would be taken for
 * copies.
 */
function rotationBehind(facts: Facts, newest: SecretVersion, fingerprint: Fingerprint): Rotation {
  const { rotation, active, candidate } = facts.record;
  const own = newest.tags[SECRET_TAGS.fingerprint] === fingerprint;
  const taggedId = own ? newest.tags[SECRET_TAGS.rotationId] : undefined;
  if (rotation && candidate && rotation.id === taggedId) return rotation;
  return newRotation({
    freshId: facts.freshRotationId,
    cause: active ? 'drift' : 'adoption',
    now: facts.now,
    secret: facts.secretRef,
    overlapMs: facts.policy.overlapMs,
  });
}
