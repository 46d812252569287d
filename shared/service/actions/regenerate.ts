import { Failure } from '../../core/failures.ts';
import type { RotationRecord } from '../../core/record.ts';
import type { Fingerprint, Slot } from '../../core/slots.ts';
import type { Regenerate } from '../../core/steps.ts';
import { beginVerifying, clearQuarantine, markRetired } from '../../core/transitions.ts';
import type { Hands } from '../hands.ts';
import type { KeyPair } from '../key.ts';
import type { Outcome } from '../ports.ts';

/**
 * Regenerates one slot: the intent is written, the vault is looked at once more, then one request is
 * sent. Only a definite answer clears the quarantine; after an unclear one nothing is sent again,
 * and the next observation tells whether the value changed.
 */
export async function regenerate(hands: Hands, step: Regenerate): Promise<void> {
  const { slot, intent } = step;
  const { accounts, clock } = hands.dependencies;
  const about = { slot, fingerprint: intent.intent?.fingerprint ?? null };
  await hands.write(intent, [hands.entry(step, 'noted', about, intent)]);
  const changed = await lastLook(hands);
  if (changed) {
    await hands.setback(clearQuarantine(hands.record), changed, {
      ...hands.entry(step, 'refused', { ...about, message: changed.message }),
    });
    return;
  }
  const sent = await accounts.regenerateKey(hands.account.id, slot, hands.sendBy);
  const outcome = sent.kind === 'done' ? believable(sent.value, slot, about.fingerprint) : sent;
  switch (outcome.kind) {
    case 'done':
      recordNewKey(hands, step, outcome.value, clock.now());
      return;
    case 'unknown': {
      const message = `outcome unknown: ${outcome.failure.message}; no second attempt before the quarantine ends`;
      const entry = hands.entry(step, 'unknown', { ...about, message });
      await hands.setback(hands.record, outcome.failure, entry, { call: 'arm-change' });
      return;
    }
    case 'refused':
    case 'notSent': {
      const failure = failureOf(outcome);
      const entry = hands.entry(step, 'refused', { ...about, message: failure.message });
      await hands.setback(clearQuarantine(hands.record), failure, entry, { call: 'arm-change' });
    }
  }
}

/** A success that shows the old value is none: the change may be on its way yet. */
function believable(keys: KeyPair, slot: Slot, before: Fingerprint | null): Outcome<KeyPair> {
  if (keys[slot].fingerprint !== before) return { kind: 'done', value: keys };
  const message = `the answer shows ${slot} with its old value`;
  return { kind: 'unknown', failure: new Failure('conflict', message, { retriable: true }) };
}

/** The failure behind an attempt that definitely came to nothing. */
export function failureOf(outcome: Exclude<Outcome<unknown>, { kind: 'done' }>): Failure {
  return outcome.kind === 'notSent'
    ? new Failure('notSent', 'not sent: too long after the observation', { retriable: true })
    : outcome.failure;
}

/** A failure when the secret's newest version is no longer the one that the step was planned on, or not as it was. */
async function lastLook(hands: Hands): Promise<Failure | undefined> {
  const { secretRef, secret } = hands.observation;
  if (!secretRef || !secret.ok || secret.value.state !== 'present') {
    return new Failure('conflict', 'the secret was not observed', { retriable: true });
  }
  const { id, enabled } = secret.value.newest;
  try {
    const now = await hands.dependencies.secrets.readNewest(secretRef);
    const { newest } = now.state === 'present' ? now : {};
    if (newest?.id === id && newest.enabled === enabled) return undefined;
    return new Failure('conflict', 'the secret changed meanwhile', { retriable: true });
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function recordNewKey(hands: Hands, step: Regenerate, keys: KeyPair, now: number): void {
  const { slot } = step;
  const key = keys[slot];
  hands.worked.add('arm-change');
  hands.sawKeys(keys);
  const next = afterAnswer(clearQuarantine(hands.record), slot, key.fingerprint, now);
  const about = { slot, fingerprint: key.fingerprint, message: `${slot} has a new value` };
  // Should this worker die before the next write, the value itself tells that it happened.
  hands.keep(next, [hands.entry(step, 'done', about)]);
}

function afterAnswer(
  record: RotationRecord,
  slot: Slot,
  fingerprint: string,
  now: number,
): RotationRecord {
  return record.phase === 'regeneratingStale'
    ? markRetired(record, now)
    : beginVerifying(record, slot, fingerprint, now);
}
