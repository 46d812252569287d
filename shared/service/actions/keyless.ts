import { EVENT_TYPES } from '../../core/events.ts';
import { wait } from '../../core/facts.ts';
import type { Rotation } from '../../core/record.ts';
import type { DisableKeys, FinishKeyless, Wait } from '../../core/steps.ts';
import { closeForGood, markSwitching } from '../../core/transitions.ts';
import type { Hands } from '../hands.ts';
import { failureOf } from './regenerate.ts';
import { tell } from './tell.ts';

/**
 * Switches key authentication off: the intent is written, the request looked at once more, because it
 * can be taken back, then one request is sent. Whatever came of it, the account itself tells; until
 * the quarantine ends it is not sent again.
 */
export async function disableKeys(hands: Hands, step: DisableKeys): Promise<void> {
  const { actor, requestId, intent } = step;
  const { accounts, records } = hands.dependencies;
  const about = { actor, requestId };
  await hands.write(intent, [hands.entry(step, 'noted', about)]);
  const { requests } = await records.readOwn(hands.account.id);
  if (!requests.some(({ id }) => id === requestId)) {
    const entry = hands.entry(step, 'refused', { ...about, message: 'it was taken back' });
    await hands.write({ ...hands.record, switching: null }, [entry]);
    return;
  }
  const outcome = await accounts.disableKeys(hands.account.id, hands.sendBy);
  switch (outcome.kind) {
    case 'done': {
      const message = 'ARM took the switch';
      await hands.write(hands.record, [hands.entry(step, 'done', { ...about, message })]);
      return;
    }
    case 'unknown': {
      const { failure } = outcome;
      const message = `outcome unknown: ${failure.message}`;
      const entry = hands.entry(step, 'unknown', { ...about, message });
      await hands.setback(hands.record, failure, entry);
      return;
    }
    case 'refused':
    case 'notSent': {
      const failure = failureOf(outcome);
      const entry = hands.entry(step, 'refused', { ...about, message: failure.message });
      await hands.setback({ ...hands.record, switching: null }, failure, entry);
    }
  }
}

/**
 * Waits, up to the verification limit, until the data plane refuses the key in the vault; then
 * disables every version of the secret, tells apps, and closes the request.
 */
export async function finishKeyless(hands: Hands, step: FinishKeyless): Promise<Wait | undefined> {
  const { clock, deployment, secrets } = hands.dependencies;
  await hands.claim();
  const { rotation } = step;
  const told = `KeyRetired:${rotation.id}`;
  // Apps were told, and the record that could tell it once more in the same words is closed.
  if (hands.record.reported === told) return void (await closeRequest(hands, rotation));
  const seen = await noteSeen(hands, rotation);
  const verdict = await tryActiveKey(hands);
  const now = clock.now();
  const { active } = hands.record;
  const undecided = verdict === 'accepted' || verdict === 'unknown';
  if (undecided && now < seen + deployment.timing.verificationLimitMs) {
    const answer = verdict === 'accepted' ? 'is still accepted' : 'could not be tried';
    const again = now + deployment.timing.probeIntervalMs;
    return wait('ConfirmingRetirement', again, `the active key ${answer}`);
  }
  // The probe may have taken long: nobody else may have taken over by now.
  await hands.claim();
  const until = active?.createdAt ?? now;
  await secrets.disableAll(rotation.secret, until, hands.account.id);
  const confirmedDead = verdict === 'keysDisabled' || verdict === 'rejected';
  const next = { ...closeForGood(hands.record, now), reported: told };
  const stale = active && { slot: active.slot, fingerprint: active.fingerprint };
  const details = { type: EVENT_TYPES.keyRetired, confirmedDead } as const;
  await tell(hands, details, rotation, { ...next, stale });
  const message = confirmedDead
    ? 'keys are refused and the secret is disabled: the account is keyless'
    : `the secret is disabled and the account keyless; not confirmed by the data plane (${verdict})`;
  const about = { message, requestId: rotation.requestId ?? '', actor: rotation.actor, ...stale };
  await hands.write(next, [hands.entry(step, 'done', about)]);
  return void (await closeRequest(hands, rotation));
}

/** When the account was first seen without keys. From then on only a person can have switched them on. */
async function noteSeen(hands: Hands, { requestId }: Rotation): Promise<number> {
  const { switching } = hands.record;
  if (switching?.seen && switching.requestId === requestId) return switching.at;
  const now = hands.observedAt;
  await hands.write(markSwitching(hands.record, requestId ?? '', now, true), []);
  return now;
}

function closeRequest({ dependencies, account }: Hands, { requestId }: Rotation): Promise<void> {
  return dependencies.records.removeRequest(account.id, requestId ?? '');
}

/** `gone`: nothing was published, or the version is disabled already. */
async function tryActiveKey(hands: Hands) {
  const { prober, secrets } = hands.dependencies;
  const { active } = hands.record;
  const key = active && (await secrets.readVersion(active.secret, active.versionId));
  return key ? prober.probe(hands.account, key) : 'gone';
}
