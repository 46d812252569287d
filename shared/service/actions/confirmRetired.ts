import { EVENT_TYPES } from '../../core/events.ts';
import { wait } from '../../core/facts.ts';
import type { ConfirmRetired, Wait } from '../../core/steps.ts';
import { closeRotation } from '../../core/transitions.ts';
import type { Hands } from '../hands.ts';
import type { Key } from '../key.ts';
import type { Verdict } from '../ports.ts';
import type { HistoryEntry } from '../recordPorts.ts';
import { sayStep } from '../say.ts';
import { tell } from './tell.ts';

/**
 * Tries the stale key's old value until it is refused, disables older versions of the secret, tells
 * apps, and closes the rotation. Where the value is no longer to be had, or a network rule forbids
 * trying it, the rotation is closed as not confirmed: the account itself shows another value.
 */
export async function confirmRetired(
  hands: Hands,
  step: ConfirmRetired,
): Promise<Wait | undefined> {
  const { prober, clock, deployment, secrets } = hands.dependencies;
  await hands.claim();
  const { stale, retiredAt, active, rotation } = hands.record;
  if (!stale || !active || !rotation) throw new Error('there is no stale key to confirm');
  const old = await oldValue(hands);
  const verdict: Verdict | 'gone' = old ? await prober.probe(hands.account, old) : 'gone';
  const now = clock.now();
  const limit = (retiredAt ?? now) + deployment.timing.verificationLimitMs;
  const undecided = verdict === 'accepted' || verdict === 'unknown';
  if (undecided && now < limit) {
    const answer = verdict === 'accepted' ? 'is still accepted' : 'could not be tried';
    const again = now + deployment.timing.probeIntervalMs;
    return wait('ConfirmingRetirement', again, `the stale key's old value ${answer}`);
  }
  const warnings = verdict === 'accepted' ? [await tellStillAccepted(hands, step)] : [];
  const { observation } = hands;
  const live = observation.keys.ok ? Object.values(observation.keys.value) : [];
  // The probe may have taken long: nobody else may have taken over by now.
  await hands.claim();
  await secrets.disableOlder(active.secret, active.createdAt, hands.account.id, live);
  const confirmedDead = verdict === 'rejected';
  await tell(hands, { type: EVENT_TYPES.keyRetired, confirmedDead });
  const message = confirmedDead
    ? 'the stale key is refused: it is dead'
    : `the stale key was replaced; not confirmed by the data plane (${verdict})`;
  hands.keep(closeRotation(hands.record, now, confirmedDead), [
    ...warnings,
    hands.entry(step, 'done', { message, ...stale }),
  ]);
  return undefined;
}

/** Tells operators, by event and by telemetry; the line of history for it is the answer. */
async function tellStillAccepted(hands: Hands, step: ConfirmRetired): Promise<HistoryEntry> {
  const reason = 'StaleKeyStillAccepted';
  const message =
    'the data plane still accepts the old value of the regenerated key: ask Azure support';
  await tell(hands, { type: EVENT_TYPES.rotationFailed, discriminator: reason, reason, message });
  sayStep(hands, { ...step, reason, message }, 'failed', hands.dependencies.clock.now());
  return { ...hands.entry(step, 'noted', { message, ...hands.record.stale }), reason };
}

/** The stale key's old value: seen in this pass, or in the version that held it. */
async function oldValue(hands: Hands): Promise<Key | undefined> {
  const { stale, superseded, active } = hands.record;
  const seen = stale && hands.value(stale.fingerprint);
  const versionId = superseded.at(-1);
  if (seen || !stale || !active || !versionId) return seen ?? undefined;
  const value = await hands.dependencies.secrets.readVersion(active.secret, versionId);
  return value?.fingerprint === stale.fingerprint ? value : undefined;
}
