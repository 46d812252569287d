import { type Acknowledgement, type Hold, missingSubscribers } from '../../core/observation.ts';
import type { Dependencies } from '../dependencies.ts';
import type { AccountStatus } from '../ports.ts';
import { knownAccount } from './lookup.ts';

/** An account as its last pass left it, with what people and apps did since. */
export interface InspectedAccount {
  readonly status: AccountStatus;
  /** The account's own hold or the one for all, in force now. */
  readonly hold: Hold | null;
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
  const { stored, holds, acknowledgements } = await records.read(accountId);
  const now = clock.now();
  const hold = holds.find(({ until }) => until === null || now < until) ?? null;
  const active = stored?.record.active?.fingerprint;
  const missing =
    active === undefined
      ? []
      : missingSubscribers(status.policy?.subscribers ?? [], acknowledgements, active);
  return { status, hold, acknowledgements, missingSubscribers: missing };
}
