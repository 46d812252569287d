import { setTimeout as sleep } from 'node:timers/promises';
import { runPass } from '../../shared/service/pass.ts';
import { type ServiceName, startWire, type Wire, type WireRequest } from './wire.ts';

/** What one complete rotation asks of Azure, request by request. */
export interface Calls {
  readonly regenerateKey: number;
  readonly setSecret: number;
  /** Tokens left out: they are shared by all accounts and last for a day. */
  readonly total: number;
  readonly byService: Readonly<Partial<Record<ServiceName, number>>>;
  readonly byOperation: Readonly<Record<string, number>>;
  readonly passes: number;
  /** Of one look at an account that has nothing to do. */
  readonly perLook: Readonly<Partial<Record<ServiceName, number>>>;
}

const NAME = 'contoso-language';

/** As short as the limits allow: the number of requests does not depend on it. */
const PACE = { TWINKEY_DEFAULT_PERIOD: 'PT9S', TWINKEY_DEFAULT_OVERLAP: 'PT7S' };

/**
 * Counts the requests of a scheduled rotation over the real SDKs, from the pass that begins it to the
 * one that confirms that the stale key is dead, with one reminder; and those of a single look.
 */
export async function countCalls(): Promise<Calls> {
  const wire = await startWire([NAME], PACE);
  try {
    const accountId = `${wire.azure.model.accounts.all()[0]?.id}`.toLowerCase();
    // The adoption comes first, and leaves tables and tokens behind.
    await untilRotated(wire, accountId);
    const look = await wire.requestsOf(() => runPass(accountId, wire.dependencies));
    const { requests, passes } = await untilRotated(wire, accountId);
    const byOperation = countBy(requests, ({ service, operation }) => `${service}: ${operation}`);
    return {
      regenerateKey: requests.filter(({ operation }) => operation.includes('regenerateKey')).length,
      setSecret: requests.filter(isSetSecret).length,
      total: requests.length,
      byService: countBy(requests, ({ service }) => service),
      byOperation,
      passes,
      perLook: countBy(look, ({ service }) => service),
    };
  } finally {
    await wire.stop();
  }
}

function isSetSecret({ service, operation }: WireRequest): boolean {
  return service === 'Key Vault' && operation.startsWith('PUT ');
}

/** Passes, each when the one before it said, until one more rotation is closed. */
async function untilRotated({ dependencies, requestsOf }: Wire, accountId: string) {
  const { clock, statuses } = dependencies;
  const before = (await statuses.get(accountId))?.lastRotationId;
  const requests: WireRequest[] = [];
  let passes = 0;
  for (;;) {
    const due = (await statuses.get(accountId))?.nextStepAt ?? 0;
    await sleep(Math.max(0, due - clock.now()));
    requests.push(...(await requestsOf(() => runPass(accountId, dependencies))));
    passes += 1;
    const { lastRotationId } = (await statuses.get(accountId)) ?? {};
    if (lastRotationId && lastRotationId !== before) break;
  }
  const calls = requests.filter(({ service }) => service !== 'managed identity');
  return { requests: calls, passes };
}

function countBy<T, K extends string>(all: readonly T[], key: (one: T) => K): Record<K, number> {
  const counts = {} as Record<K, number>;
  for (const one of all) counts[key(one)] = (counts[key(one)] ?? 0) + 1;
  return counts;
}
