import { Failure } from '../../core/failures.ts';
import {
  accountTag,
  SECRET_TAGS,
  type SecretVersion,
  TAG_VALUE_CHARACTERS,
} from '../../core/observation.ts';
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
  const tags = tagsOf(hands, candidate, rotation);
  await hands.write(step.intent, [hands.entry(step, 'noted', about, step.intent)]);
  const version = {
    value,
    tags,
    expiresAt: hands.observedAt + hands.policy.periodMs + hands.policy.overlapMs,
  };
  const { secrets } = hands.dependencies;
  const outcome = await secrets.publish(rotation.secret, version, hands.sendBy);
  switch (outcome.kind) {
    case 'done':
      hands.worked.add('vault-change');
      await readBack(hands, step, rotation, candidate, value, outcome.value);
      return;
    case 'unknown': {
      const message = `outcome unknown: ${outcome.failure.message}`;
      const entry = hands.entry(step, 'unknown', { ...about, message });
      await hands.setback(hands.record, outcome.failure, entry, { call: 'vault-change' });
      return;
    }
    case 'refused':
    case 'notSent': {
      const failure = failureOf(outcome);
      const entry = hands.entry(step, 'refused', { ...about, message: failure.message });
      await hands.setback(clearQuarantine(hands.record), failure, entry, { call: 'vault-change' });
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
  hands.sawKeys(keys);
  hands.sawSecret(read);
  const publication = publicationOf(rotation.secret, read.newest, slot, value.fingerprint);
  const cleared = clearQuarantine(hands.record);
  const message = `version ${written.id} holds ${slot} and was read back`;
  await hands.write(enterOverlap(cleared, rotation, publication, stale.fingerprint), [
    hands.entry(step, 'done', { slot, fingerprint: value.fingerprint, message }),
  ]);
}

/** Key Vault takes so many tags a version. */
const TAG_LIMIT = 15;

/**
 * Our tags over those that others put there. The ones for other tools give way where room is short;
 * tags of others never do: a `Failure` asks a person to make room.
 */
function tagsOf(hands: Hands, candidate: Candidate, rotation: Rotation): Record<string, string> {
  const { id } = hands.account;
  const own = {
    ...foreignTags(hands),
    [SECRET_TAGS.activeSlot]: candidate.slot,
    [SECRET_TAGS.rotationId]: rotation.id,
    [SECRET_TAGS.fingerprint]: candidate.fingerprint,
    [SECRET_TAGS.publishedAt]: new Date(hands.observedAt).toISOString(),
    [SECRET_TAGS.accountId]: accountTag(id),
    [SECRET_TAGS.managedBy]: hands.dependencies.deployment.deployment,
  };
  const all = {
    ...own,
    [SECRET_TAGS.credentialId]: candidate.slot,
    [SECRET_TAGS.providerAddress]: id,
    [SECRET_TAGS.validityPeriodDays]: String(Math.ceil(hands.policy.periodMs / DAY_MS)),
  };
  const tags = fits(all) && id.length <= TAG_VALUE_CHARACTERS ? all : own;
  if (fits(tags)) return tags;
  const found = Object.keys(tags).length;
  const message = `the secret would carry ${found} tags, expected at most ${TAG_LIMIT}: remove some of the others'`;
  throw new Failure('invalid', message, { retriable: false });
}

/** Tags for other tools are ours to leave out, and so not foreign. */
function foreignTags(hands: Hands): Record<string, string> {
  const { secret } = hands.observation;
  const tags = secret.ok && secret.value.state === 'present' ? secret.value.newest.tags : {};
  const ours: readonly string[] = Object.values(SECRET_TAGS);
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !ours.includes(name)));
}

function fits(tags: object): boolean {
  return Object.keys(tags).length <= TAG_LIMIT;
}
