import { type EventDetails, rotationEvent } from '../../core/events/build.ts';
import { EVENT_TYPES } from '../../core/events.ts';
import type { RotationRecord } from '../../core/record.ts';
import { otherSlot } from '../../core/slots.ts';
import type { Announce, Remind, Report, Step } from '../../core/steps.ts';
import { markAnnounced, markReminded, retireAtAfter } from '../../core/transitions.ts';
import type { Hands } from '../hands.ts';

/**
 * Sends an event, of the rotation under way and the record as it is if of no other. Sent again after a crash, it carries the
 * same id.
 */
export async function tell(
  hands: Hands,
  details: EventDetails,
  rotation = hands.record.rotation,
  record = hands.record,
): Promise<void> {
  const { events, clock, deployment } = hands.dependencies;
  if (!rotation) throw new Error('an event was planned without a rotation');
  const time = new Date(clock.now()).toISOString();
  await events.send([rotationEvent(record, rotation, hands.account, deployment, time, details)]);
  hands.worked.add('topic');
}

/**
 * Announces the active key. The overlap counts from here, and never ends before what was told: apps are
 * told of an end that counts from the observation, because whoever stood still since then may come after
 * another worker that announced it meanwhile, and whose end is the one that is kept.
 */
export async function announce(hands: Hands, step: Announce): Promise<void> {
  const { clock } = hands.dependencies;
  await hands.claim();
  const planned = retireAtAfter(hands.record, hands.observedAt);
  const stale = staleKey(hands);
  const now = clock.now();
  // A regenerate of unknown outcome could end the stale key at any moment: nothing is promised of it.
  const isInDoubt = now < hands.record.quarantine[stale.slot];
  const until = isInDoubt ? now : Math.max(now, Math.min(planned, step.endsBy ?? planned));
  const validUntil = iso(until);
  const severity = step.endsBy === null ? 'normal' : 'urgent';
  await tell(hands, { type: EVENT_TYPES.keyActivated, severity, stale, validUntil });
  const next = markAnnounced(hands.record, clock.now(), planned, step.endsBy);
  const message = isInDoubt
    ? 'apps were told; the stale key may end before its time, as a regenerate of it could be under way'
    : `apps were told; the stale key stays valid until ${validUntil} at least`;
  keepAbout(hands, step, next, message);
}

/** Reminds apps of the stale key's end. */
export async function remind(hands: Hands, step: Remind): Promise<void> {
  // Two workers at once tell the same; one that was held up for long asks whether it may still.
  if (hands.dependencies.clock.now() > hands.sendBy) await hands.claim();
  await tell(hands, {
    type: EVENT_TYPES.keyRetiring,
    severity: step.isCut ? 'urgent' : 'normal',
    discriminator: step.discriminator,
    stale: staleKey(hands),
    validUntil: iso(step.retireAt),
    missingSubscribers: step.missing,
  });
  keepAbout(hands, step, markReminded(hands.record, hands.dependencies.clock.now(), step));
}

/** Tells operators once what holds a rotation up. */
export async function report(hands: Hands, step: Report): Promise<void> {
  await hands.claim();
  const { message, rotation } = step;
  const discriminator = `${step.reason}:${hands.record.phase}`;
  const details: EventDetails =
    step.event === 'rotationDelayed'
      ? { type: EVENT_TYPES.rotationDelayed, discriminator, reason: step.reason, message }
      : { type: EVENT_TYPES.rotationFailed, discriminator, reason: step.reason, message };
  await tell(hands, details, rotation);
  keepAbout(hands, step, { ...hands.record, reported: step.reason });
}

/** Told again, an event has the same id: this may wait for the next write. */
function keepAbout(hands: Hands, step: Step, next: RotationRecord, message = step.message): void {
  const { active } = hands.record;
  const about = { message, slot: active?.slot ?? null, fingerprint: active?.fingerprint ?? null };
  hands.keep(next, [hands.entry(step, 'done', about)]);
}

/** The key that ends with the overlap: the recorded one, else what the other slot holds. */
function staleKey({ record, observation }: Hands): NonNullable<RotationRecord['stale']> {
  if (record.stale) return record.stale;
  if (!record.active || !observation.keys.ok) throw new Error('an overlap of no keys was told of');
  const slot = otherSlot(record.active.slot);
  return { slot, fingerprint: observation.keys.value[slot] };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
