import type { AzureModel } from '../../local/azure/model/azure-model.ts';
import type { Call } from '../../local/azure/model/call.ts';
import { Conductor } from '../../local/azure/model/conduct.ts';
import type { Verdict } from '../../local/azure/model/faults.ts';
import { Throttles } from '../../local/azure/model/throttles.ts';
import { MINUTE, SECOND } from './units.ts';

/** Replicas of a vault are behind for no longer. */
const LONGEST_LAG_MS = 10 * MINUTE;

/** A year of calls is long, and the oracle has a log of its own. */
const NO_LOG = { append: () => {} };

/**
 * What happens to one caller's calls: outages, which are the same for all, then its own faults.
 * `onSend` is told of each call that takes effect, with the time at which it does.
 */
export function conductorOf(
  model: AzureModel,
  own: (call: Call, mayBeStale: boolean) => Verdict,
  onSend: (call: Call, dueAt: number) => void = () => {},
): Conductor {
  const judge = (call: Call): Verdict => {
    const outage = model.faults.judge(call);
    if (outage.fault) return outage;
    const verdict = own(call, call.operation === 'getSecret' && isFresh(model, call.target));
    const dueAt = effectAt(verdict, model.time.now());
    if (dueAt !== undefined) onSend(call, dueAt);
    return verdict;
  };
  const { time } = model;
  return new Conductor({
    time,
    log: NO_LOG,
    throttles: new Throttles(time, {}),
    faults: { judge },
  });
}

function isFresh(model: AzureModel, secret: string): boolean {
  const created = [...model.vaults.values()].map(
    (vault) => vault.peek(secret).at(-1)?.created ?? 0,
  );
  return model.time.now() - Math.max(...created) * SECOND < LONGEST_LAG_MS;
}

/** When the call takes effect; undefined: it does not. */
function effectAt({ latencyMs, fault }: Verdict, now: number): number | undefined {
  switch (fault?.kind) {
    case 'drop':
    case 'status':
      return undefined;
    case 'lateEffect':
      return now + latencyMs + fault.afterMs;
    default:
      return now + latencyMs;
  }
}
