import { Failure } from '../../core/failures.ts';
import { SECRET_TAGS, type SecretVersion } from '../../core/observation.ts';
import type { Candidate, Rotation } from '../../core/record.ts';
import { otherSlot } from '../../core/slots.ts';
import type { Publish } from '../../core/steps.ts';
import { clearQuarantine, enterOverlap, publicationOf } from '../../core/transitions.ts';
import type { Hands } from '../hands.ts';
import type { Key } from '../key.ts';
import { failureOf } from './regenerate.ts';

const DAY_MS = 86_400_000;

/**
 * Publishes the verified candidate: intent, one request with everything in it, then the vault *and*
 * the account are read back. Anything but what was written leaves the quarantine running, and the
 * next observation says what the vault holds.
 */
export async function publish(hands: Hands, step: Publish): Promise<void> {
  const { candidate, rotation } = step.intent;
  const value = candidate && hands.value(candidate.fingerprint);
  if (!value || !rotation) throw new Error('a publish was planned without a value to publish');
  const { slot, fingerprint } = candidate;
  const about = { slot, fingerprint };
  await hands.write(step.intent, [hands.entry(step, 'noted', about, step.intent)]);
  const version = {
    value,
    tags: tagsOf(hands, candidate, rotation),
    expiresAt: hands.observedAt + hands.policy.periodMs + hands.policy.overlapMs,
  };
  const { secrets } = hands.dependencies;
  const outcome = await secrets.publish(rotation.secret, version, hands.sendBy);
  switch (outcome.kind) {
    case 'done':
      await readBack(hands, step, rotation, candidate, value, outcome.value);
      return;
    case 'unknown': {
      const message = `outcome unknown: ${outcome.failure.message}`;
      const entry = hands.entry(step, 'unknown', { ...about, message });
      await hands.setback(hands.record, outcome.failure, entry);
      return;
    }
    case 'refused':
    case 'notSent': {
      const failure = failureOf(outcome);
      const entry = hands.entry(step, 'refused', { ...about, message: failure.message });
      await hands.setback(clearQuarantine(hands.record), failure, entry);
    }
  }
}

async function readBack(
  hands: Hands,
  step: Publish,
  rotation: Rotation,
  candidate: Candidate,
  value: Key,
  written: SecretVersion,
): Promise<void> {
  const { secrets, accounts } = hands.dependencies;
  const [read, keys] = await Promise.all([
    secrets.readNewest(rotation.secret),
    accounts.listKeys(hands.account.id),
  ]);
  const { slot } = candidate;
  const same =
    read.state === 'present' &&
    read.newest.id === written.id &&
    read.value?.fingerprint === value.fingerprint &&
    keys[slot].fingerprint === value.fingerprint;
  if (!same) {
    const message = 'read back something else than was published: look again';
    const failure = new Failure('conflict', message, { retriable: true });
    await hands.setback(hands.record, failure, hands.entry(step, 'unknown', { slot, message }));
    return;
  }
  const stale = keys[otherSlot(slot)];
  hands.remember(stale);
  const publication = publicationOf(rotation.secret, read.newest, slot, value.fingerprint);
  const cleared = clearQuarantine(hands.record);
  const message = `version ${written.id} holds ${slot} and was read back`;
  await hands.write(enterOverlap(cleared, rotation, publication, stale.fingerprint), [
    hands.entry(step, 'done', { slot, fingerprint: value.fingerprint, message }),
  ]);
}

/** Our tags over those that others put there. */
function tagsOf(hands: Hands, candidate: Candidate, rotation: Rotation): Record<string, string> {
  const { secret } = hands.observation;
  const foreign =
    secret.ok && secret.value.state === 'present' ? secret.value.newest.tags : undefined;
  return {
    ...foreign,
    [SECRET_TAGS.activeSlot]: candidate.slot,
    [SECRET_TAGS.rotationId]: rotation.id,
    [SECRET_TAGS.fingerprint]: candidate.fingerprint,
    [SECRET_TAGS.publishedAt]: new Date(hands.observedAt).toISOString(),
    [SECRET_TAGS.accountId]: hands.account.id,
    [SECRET_TAGS.managedBy]: hands.dependencies.deployment.deployment,
    [SECRET_TAGS.credentialId]: candidate.slot,
    [SECRET_TAGS.providerAddress]: hands.account.id,
    [SECRET_TAGS.validityPeriodDays]: String(Math.ceil(hands.policy.periodMs / DAY_MS)),
  };
}
