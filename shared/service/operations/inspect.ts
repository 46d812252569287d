import {
  type Acknowledgement,
  holdsInForce,
  missingSubscribers,
  type RotationRequest,
  type ScopedHold,
} from '../../core/observation.ts';
import type { Dependencies } from '../dependencies.ts';
import type { AccountStatus } from '../statusPorts.ts';
import { knownAccount } from './lookup.ts';

/** An account as its last pass left it, with what people and apps did since. */
export interface InspectedAccount {
  readonly status: AccountStatus;
  /** The account's own hold and the one for all, as far as in force, the longer one first. */
  readonly holds: readonly ScopedHold[];
  /** What people asked for and no pass has finished yet. */
  readonly requests: readonly RotationRequest[];
  readonly acknowledgements: readonly Acknowledgement[];
  readonly missingSubscribers: readonly string[];
}

/** Looks at one account. Throws `Refused` for an unknown one. */
export async function inspectAccount(
  accountId: string,
  dependencies: Dependencies,
): Promise<InspectedAccount> {
  const { records, clock } = dependencies;
  const status = await knownAccount(accountId, dependencies);
  const { stored, requests, acknowledgements, ...rows } = await records.read(accountId);
  const holds = holdsInForce(rows.holds, clock.now());
  const active = stored?.record.active?.fingerprint;
  const missing =
    active === undefined
      ? []
      : missingSubscribers(status.policy?.subscribers ?? [], acknowledgements, active);
  return { status, holds, requests, acknowledgements, missingSubscribers: missing };
}
