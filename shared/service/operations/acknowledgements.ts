import { Failure } from '../../core/failures.ts';
import { type Acknowledgement, missingSubscribers } from '../../core/observation.ts';
import type { Dependencies } from '../dependencies.ts';
import type { AccountStatus } from '../statusPorts.ts';
import { recordDeed } from './history.ts';
import { isRotatable, Refused } from './lookup.ts';

/**
 * A listed subscriber says that it uses the active key. Repeating it changes nothing. Returns who has
 * not said so yet; when nobody is left, the account is due, for the caller to put on the queue. Throws
 * {@link Refused} for another key than the active one and for a subscriber that the policy does not
 * list, and a retriable {@link Failure} while the policy is not known.
 */
export async function acknowledge(
  accountId: string,
  { subscriber, fingerprint }: Omit<Acknowledgement, 'at'>,
  actor: string,
  dependencies: Dependencies,
): Promise<{ missingSubscribers: string[]; due: boolean }> {
  const { records, statuses, clock } = dependencies;
  const status = await statuses.get(accountId);
  const { stored, acknowledgements } = await records.read(accountId);
  if (!status && !stored) throw new Refused({ kind: 'unknownAccount' });
  const subscribers = subscribersOf(status);
  if (!subscribers.includes(subscriber)) throw new Refused({ kind: 'notSubscribed', subscribers });
  const active = stored?.record.active;
  if (active?.fingerprint !== fingerprint) {
    const activeFingerprint = active?.fingerprint ?? null;
    throw new Refused({ kind: 'notActive', activeFingerprint });
  }
  const before = missingSubscribers(subscribers, acknowledgements, fingerprint);
  const missing = before.filter((name) => name !== subscriber);
  if (missing.length === before.length) return { missingSubscribers: missing, due: false };
  await records.acknowledge(accountId, { subscriber, fingerprint, at: clock.now() });
  const message = `${subscriber} uses ${active.slot}`;
  const about = { slot: active.slot, fingerprint };
  await recordDeed(accountId, { reason: 'Acknowledged', message, actor, ...about }, dependencies);
  const due = missing.length === 0;
  if (due) await statuses.setNextCheck(accountId, clock.now());
  return { missingSubscribers: missing, due };
}

/**
 * An app that reloads upon the event may be quicker than the first pass, which leaves its status at
 * its end; and a pass that could not read the account leaves one without a policy. To refuse the app
 * then would be final, and a rotation may be waiting for it.
 */
function subscribersOf(status: AccountStatus | null): readonly string[] {
  if (status?.policy) return status.policy.subscribers;
  if (status && !isRotatable(status)) return [];
  throw new Failure(
    'unavailable',
    "the account's policy is not known yet; acknowledge again in a while",
  );
}
