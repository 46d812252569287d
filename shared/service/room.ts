import { wait } from '../core/facts.ts';
import { Failure } from '../core/failures.ts';
import type { Step, Wait } from '../core/steps.ts';
import type { Hands } from './hands.ts';
import type { PassMessage } from './queuePorts.ts';

/** Steps that write an intent and then send a change. */
const CHANGES: ReadonlySet<Step['do']> = new Set(['regenerate', 'publish', 'disableKeys']);

/** What takes longer is found by a tick, which spreads what is due together. */
const PUT_OFF_MS = 60_000;

/**
 * A wait when Azure's limits leave no room for the change that a step would send. Asked before its intent
 * is written: a change that cannot be sent now leaves nothing behind, least of all a quarantine.
 */
export async function noRoomFor(hands: Hands, step: Step): Promise<Wait | undefined> {
  const { quota, clock, deployment } = hands.dependencies;
  if (!quota || !CHANGES.has(step.do)) return undefined;
  const place = {
    subscriptionId: hands.account.id.split('/')[2] ?? '',
    vaultUrl: hands.observation.secretRef?.vaultUrl ?? deployment.vaultUrl,
  };
  try {
    await quota.admit(place, 'call');
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const until = clock.now() + (error.retryAfterMs ?? deployment.timing.probeIntervalMs);
    return wait('Throttled', Math.ceil(until), `${step.message}: ${error.message}`);
  }
}

/**
 * A pass for which Azure's limits left no room is on the queue again by `until` (epoch ms). Returns when
 * the account is due again, should that message be lost.
 */
export async function comeBack(hands: Hands, until: number): Promise<number> {
  const notAfter = until + hands.dependencies.deployment.timing.claimMs;
  return (await putOff(hands, until, { notAfter })) ? notAfter : until;
}

/**
 * Another worker is at an account that somebody asks something of: the pass is on the queue again by
 * `until` (epoch ms), for as long as it takes.
 */
export async function comeBackInAnyCase(hands: Hands, until: number): Promise<void> {
  await putOff(hands, until, {});
}

/** False: nothing can be put off, or not by so much. */
async function putOff(
  { dependencies, observation }: Hands,
  until: number,
  good: Pick<PassMessage, 'notAfter'>,
): Promise<boolean> {
  const { later, clock } = dependencies;
  const delayMs = Math.max(0, until - clock.now());
  if (!later || delayMs > PUT_OFF_MS) return false;
  const { accountId, admission } = observation;
  const message = { accountId, ...good, ...(admission && { start: admission }) };
  await later.put([{ message, delayMs }]);
  return true;
}
