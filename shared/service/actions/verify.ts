import { wait, waitForPerson } from '../../core/facts.ts';
import type { Verify, Wait } from '../../core/steps.ts';
import { markVerified } from '../../core/transitions.ts';
import type { Hands } from '../hands.ts';

/**
 * Tries the candidate on the data plane. A new key may take a while to be accepted, so a refusal
 * only means to come back, and beyond the limit that a person has to look; where a network rule
 * forbids trying, the key settles for a while instead.
 */
export async function verify(hands: Hands, step: Verify): Promise<Wait | undefined> {
  const { prober, clock, deployment } = hands.dependencies;
  const { probeIntervalMs, settlingDelayMs, verificationLimitMs } = deployment.timing;
  await hands.claim();
  const { candidate } = hands.record;
  const key = candidate && hands.value(candidate.fingerprint);
  if (!key) throw new Error('verification was planned without a value to verify');
  const { slot, fingerprint, since } = candidate;
  const verdict = await prober.probe(hands.account, key);
  const now = clock.now();
  if (verdict === 'accepted') {
    hands.worked.add('data-plane');
    const message = `${slot} is accepted by the data plane`;
    hands.keep(markVerified(hands.record), [
      hands.entry(step, 'done', { slot, fingerprint, message }),
    ]);
    return undefined;
  }
  if (verdict === 'forbidden') {
    const settledAt = since + settlingDelayMs;
    const message = `a network rule forbids trying ${slot}`;
    if (now < settledAt) {
      return wait('ProbeForbidden', settledAt, `${message}: it settles before it is published`);
    }
    const entry = hands.entry(step, 'noted', { slot, fingerprint, message: `${message}: settled` });
    hands.keep(markVerified(hands.record), [{ ...entry, reason: 'ProbeForbidden' }]);
    return undefined;
  }
  const again = now + probeIntervalMs;
  const answer = `${slot} ${verdict === 'rejected' ? 'is not accepted yet' : 'could not be tried'}`;
  return now < since + verificationLimitMs
    ? wait('Verifying', again, answer)
    : waitForPerson('VerificationOverdue', again, `${answer}; the keys stay as they are`);
}
