import { runPass } from '../../shared/service/pass.ts';
import { untilRotated } from './rotation.ts';
import { countBy, type ServiceName, startWire, type WireRequest } from './wire.ts';

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
    await untilRotated(wire.dependencies, accountId);
    const look = await wire.requestsOf(() => runPass(accountId, wire.dependencies));
    const all: WireRequest[] = [];
    const passes = await untilRotated(wire.dependencies, accountId, async (pass) => {
      all.push(...(await wire.requestsOf(pass)));
    });
    const requests = all.filter(({ service }) => service !== 'managed identity');
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
