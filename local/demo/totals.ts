import { EVENT_TYPES, type RotationEvent } from '../../shared/core/events.ts';
import type { SimulatedAzure } from '../azure/index.ts';
import type { Account } from '../azure/model/account.ts';
import type { KeySlot } from '../azure/model/key-ring.ts';
import type { DemoRun } from './run.ts';

/** What has happened to one account so far, by the simulated Azure's and the apps' own counts. */
export interface AccountTotals {
  readonly name: string;
  /** Rotations, other than the adoption, in which both keys were regenerated and which are closed. */
  readonly rotationsCompleted: number;
  readonly keysRegenerated: Readonly<Record<KeySlot, number>>;
  /** By app, in the order of the run's apps. */
  readonly served: readonly number[];
  readonly failed: readonly number[];
  readonly lastFailure: string | null;
}

/** Totals of every account of the run. */
export function totalsOf(run: DemoRun): AccountTotals[] {
  const { accounts } = run.environment.azure.model;
  return accounts.all().map((account) => accountTotals(run, account));
}

function accountTotals({ environment, apps }: DemoRun, account: Account): AccountTotals {
  const counters = apps.map((app) => app.counters()[account.name]);
  const regenerated = (slot: KeySlot) =>
    account.keys.regenerations.filter((regeneration) => regeneration.slot === slot).length;
  return {
    name: account.name,
    rotationsCompleted: closedRotations(environment.azure, account).filter(
      ({ cause }) => cause !== 'adoption',
    ).length,
    keysRegenerated: { Key1: regenerated('Key1'), Key2: regenerated('Key2') },
    served: counters.map((counter) => counter?.served ?? 0),
    failed: counters.map((counter) => counter?.failed ?? 0),
    lastFailure: counters.find((counter) => counter?.lastFailure)?.lastFailure ?? null,
  };
}

/** A rotation that the service has closed. */
export interface ClosedRotation extends Pick<RotationEvent['data'], 'rotationId' | 'cause'> {
  /** Of the key that became active in it. */
  readonly fingerprint: string | null;
  /** When the key before it was regenerated, in epoch ms. */
  readonly oldKeyEndedAt: number;
  /** The old key was tried and refused. */
  readonly confirmedDead: boolean;
}

/** KeyRetired ends a rotation; it may be sent more than once, and counts the first time. */
export function closedRotations({ model }: SimulatedAzure, account: Account): ClosedRotation[] {
  const closed = new Map<string, ClosedRotation>();
  for (const { at, event } of model.topic.accepted) {
    const { type, data } = event as unknown as RotationEvent;
    const isMine = data.accountId === account.id.toLowerCase();
    if (type !== EVENT_TYPES.keyRetired || !isMine || closed.has(data.rotationId)) continue;
    const { rotationId, cause, fingerprint, activeSlot, confirmedDead } = data;
    const ends = account.keys.regenerations.filter(
      (one) => one.slot !== activeSlot && one.at <= at,
    );
    const oldKeyEndedAt = ends.at(-1)?.at ?? at;
    closed.set(rotationId, { rotationId, cause, fingerprint, oldKeyEndedAt, confirmedDead });
  }
  return [...closed.values()];
}

/** Adds up counts of several apps or accounts. */
export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
