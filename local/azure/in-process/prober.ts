import { Failure } from '../../../shared/core/failures.ts';
import type { Account } from '../../../shared/core/observation.ts';
import type { Key } from '../../../shared/service/key.ts';
import type { Prober, Verdict } from '../../../shared/service/ports.ts';
import type { DataPlaneOperation } from '../model/data-plane.ts';
import type { Caller } from './caller.ts';

/** The port `Prober`, on the model's data plane. */
export function inProcessProber(caller: Caller): Prober {
  return { probe: (account, key) => probe(caller, account, key) };
}

async function probe(caller: Caller, { id, name, kind }: Account, key: Key): Promise<Verdict> {
  const { accounts, dataPlane } = caller.model;
  const operation: DataPlaneOperation = kind === 'OpenAI' ? 'listModels' : 'issueToken';
  try {
    await caller.read({ service: 'data', operation, target: name }, () => {
      const { host } = accounts.get(id);
      const calling = { key: key.reveal(), address: '127.0.0.1' };
      dataPlane.enter(host, operation, calling);
    });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'unauthorized') return 'rejected';
    if (error.kind !== 'forbidden') return 'unknown';
    return accounts.get(id).disableLocalAuth ? 'keysDisabled' : 'forbidden';
  }
}
