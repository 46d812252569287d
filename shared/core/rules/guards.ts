import { sameSecret, wait, waitForPerson } from '../facts.ts';
import { type Failure, messageOf } from '../failures.ts';
import { accountTag, type Observation, ownerOf, SECRET_TAGS } from '../observation.ts';
import { describeProblems } from '../policy.ts';
import type { RotationRecord } from '../record.ts';
import type { Step, Wait } from '../steps.ts';
import type { Timing } from '../timing.ts';

/**
 * Rules 1 to 6: reasons to keep hands off an account whatever its rotation is up to. They work on
 * the raw observation, in which anything may be unreadable.
 */

/** Rule 1: without a valid policy nothing is known about what the owner wants. */
export function policyUnreadable(observation: Observation, timing: Timing): Step | undefined {
  const { account, policy, now, secretOwner } = observation;
  if (!account.ok || account.value === null) return undefined;
  const later = now + timing.checkIntervalMs;
  if (!policy.ok) {
    const what = describeProblems(policy.problems);
    return waitForPerson(
      'PolicyInvalid',
      later,
      `${what}. Mend the tag; the keys stay as they are`,
    );
  }
  if (!policy.policy.enabled) {
    return wait('Excluded', later, 'excluded by the tag key-rotation');
  }
  if (secretOwner !== undefined && secretOwner !== observation.accountId) {
    const what = `key-rotation-secret: '${policy.policy.secret.name}' is used by ${secretOwner} and by ${observation.accountId}`;
    return waitForPerson('PolicyInvalid', later, `${what}; give each account a secret of its own`);
  }
  return undefined;
}

/** Rule 2: the account cannot be rotated, or need not be. */
export function accountUnavailable(observation: Observation, timing: Timing): Step | undefined {
  const { account, record, now } = observation;
  if (!account.ok) return undefined;
  const later = now + timing.checkIntervalMs;
  if (account.value === null) {
    return waitForPerson('AccountMissing', later, `ARM does not know ${observation.accountId}`);
  }
  if (account.value.provisioningState !== 'Succeeded') {
    const state = account.value.provisioningState;
    return wait('AccountNotReady', later, `provisioning state is ${state}, expected Succeeded`);
  }
  if (account.value.keyless) {
    // Whoever asked for it may still wait for the last steps, which go by the record.
    if (!record.ok) return waitToObserve([record.failure], now, timing);
    return wait('Keyless', later, 'key authentication is switched off: nothing left to rotate');
  }
  return undefined;
}

/** Rule 3: one worker at a time. */
export function claimedByAnother(
  observation: Pick<Observation, 'record' | 'worker' | 'now'>,
): Step | undefined {
  const claim = observation.record.ok ? observation.record.value?.claim : undefined;
  if (!claim || claim.worker === observation.worker || claim.until <= observation.now) {
    return undefined;
  }
  return wait('ClaimedByAnother', claim.until, 'another worker is at this account');
}

/** Rule 4: in doubt, do nothing and say so. */
export function observationIncomplete(observation: Observation, timing: Timing): Step | undefined {
  const { account, keys, secret, record, now } = observation;
  const failures = [account, record, keys, secret].flatMap((read) =>
    read.ok ? [] : [read.failure],
  );
  if (failures.length > 0) return waitToObserve(failures, now, timing);
  return vaultBehind(observation, timing);
}

/** What was not tried because of another failure says nothing of its own. */
function waitToObserve(failures: readonly Failure[], now: number, timing: Timing): Wait {
  const telling = failures.filter(({ kind }) => kind !== 'notSent');
  const message = `${messageOf(telling)}. No key is touched`;
  const askedMs = Math.max(0, ...failures.map(({ retryAfterMs = 0 }) => retryAfterMs));
  // Azure is there and says when there will be room: that is no trouble, and no reason to wait longer.
  if (askedMs > 0 && telling.every(({ kind }) => kind === 'throttled')) {
    return wait('Throttled', Math.ceil(now + askedMs), message);
  }
  const again = now + Math.max(timing.quarantineMs / 15, askedMs);
  return failures.every(({ retriable }) => retriable)
    ? wait('ObservationIncomplete', again, message)
    : waitForPerson('ObservationIncomplete', again, message);
}

function vaultBehind(observation: Observation, timing: Timing): Step | undefined {
  const { secret, now, secretRef } = observation;
  const record = observation.record.ok ? observation.record.value : null;
  if (!record?.active || !secret.ok || secret.value.state !== 'present') return undefined;
  const { active, superseded } = record;
  if (!secretRef || !sameSecret(active.secret, secretRef)) return undefined;
  const { newest } = secret.value;
  if (newest.id === active.versionId) return undefined;
  if (newest.createdAt >= active.createdAt && !superseded.includes(newest.id)) return undefined;
  return wait(
    'VaultBehind',
    now + timing.quarantineMs / 15,
    `Key Vault answered version ${newest.id}, older than ${active.versionId}, which it had already. If that lasts, the secret was restored from a backup: set its value again as a new version`,
  );
}

/** Rule 5: whose secret is it? */
export function secretOfAnother(observation: Observation, timing: Timing): Step | undefined {
  const { secret, now, deployment, accountId } = observation;
  if (!secret.ok || secret.value.state !== 'present') return undefined;
  const { newest } = secret.value;
  const later = now + timing.checkIntervalMs;
  const owner = ownerOf(newest.tags);
  if (owner !== undefined && owner !== accountTag(accountId)) {
    const message = `the secret belongs to ${owner}, not to ${accountId}; give each a secret of its own by the tag key-rotation-secret`;
    return waitForPerson('SecretBelongsToAnother', later, message);
  }
  const manager = newest.tags[SECRET_TAGS.managedBy];
  if (manager === deployment) return undefined;
  if (manager !== undefined) {
    const message = `the secret is managed by '${manager}', this deployment is '${deployment}'`;
    return waitForPerson('ManagedElsewhere', later, message);
  }
  if (!newest.enabled) return undefined;
  return {
    do: 'tagSecret',
    reason: 'SecretUnclaimed',
    message: `version ${newest.id} has no managed-by tag: tag it as ours, then wait one quarantine`,
    versionId: newest.id,
    intent: quarantineVault(observation.record.ok ? observation.record.value : null, now, timing),
  };
}

/** Nothing is regenerated or published for one quarantine; without a record its making sees to that. */
function quarantineVault(
  record: RotationRecord | null,
  now: number,
  timing: Timing,
): RotationRecord | null {
  const until = now + timing.quarantineMs;
  return record && { ...record, quarantine: { ...record.quarantine, vault: until } };
}

/** Rule 6: disabled is a person's decision, deleted is an accident. */
export function secretDisabledOrDeleted(
  observation: Observation,
  timing: Timing,
): Step | undefined {
  const { secret, now } = observation;
  if (!secret.ok || secret.value.state === 'absent') return undefined;
  if (secret.value.state === 'softDeleted') {
    return { do: 'recoverSecret', reason: 'SecretDeleted', message: 'the secret is soft-deleted' };
  }
  if (secret.value.newest.enabled) return undefined;
  return waitForPerson(
    'SecretDisabled',
    now + timing.checkIntervalMs,
    `version ${secret.value.newest.id} is disabled: enable it, or set a new version`,
  );
}
