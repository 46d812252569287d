import type { PlannedPass } from '../core/fleet/plan.ts';
import type { Dependencies } from './dependencies.ts';
import type { LaterPass, PassMessage } from './queuePorts.ts';

/** A delay that is not worth a message of its own kind. */
const AT_ONCE_MS = 1_000;

/** A pass that a tick sends, and how far it is put off. */
export interface TimedPass extends PlannedPass {
  readonly delayMs: number;
}

/** Which of these messages go out at once, and which are put off; `delaysMs` in the same order, 0 where left out. */
export function paced(
  messages: readonly PassMessage[],
  delaysMs: readonly number[] = [],
): { now: PassMessage[]; later: LaterPass[] } {
  const now: PassMessage[] = [];
  const later: LaterPass[] = [];
  for (const [index, message] of messages.entries()) {
    const delayMs = delaysMs[index] ?? 0;
    if (delayMs < AT_ONCE_MS) now.push(message);
    else later.push({ message, delayMs });
  }
  return { now, later };
}

/** Those of these passes, in their order, that Azure's limits bear within so many ms; the others wait. */
export function borneWithin(
  withinMs: number,
  passes: readonly PlannedPass[],
  { quota, deployment }: Pick<Dependencies, 'quota' | 'deployment'>,
): TimedPass[] {
  const places = passes.map(({ accountId, vaultUrl, mayPublish }) => ({
    subscriptionId: accountId.split('/')[2] ?? '',
    // Whose secret no pass has looked at yet is most likely in the deployment's own vault.
    vaultUrl: vaultUrl ?? deployment.vaultUrl,
    mayPublish,
  }));
  const delays = quota?.delaysMs(places, withinMs) ?? [];
  const timed = passes.map((pass, index) => ({ ...pass, delayMs: delays[index] ?? 0 }));
  return timed.filter(({ delayMs }) => delayMs <= withinMs);
}
