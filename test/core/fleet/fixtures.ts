import type { FleetAccount } from '../../../shared/core/fleet/account.ts';
import type { BrakeState } from '../../../shared/core/fleet/brakes.ts';
import { DEFAULT_FLEET, type FleetLimits } from '../../../shared/core/fleet/limits.ts';
import { type FleetPlan, FleetSurvey } from '../../../shared/core/fleet/plan.ts';
import { CHECK, DAY, MINUTE, NOW } from '../fixtures.ts';

export const VAULT = 'https://acme.vault.azure.net';

/** An account's id, in a subscription of its own name. */
export function idOf(name: string, subscription = 's'): string {
  return `/subscriptions/${subscription}/resourcegroups/g/providers/microsoft.cognitiveservices/accounts/${name}`;
}

/** An account in the middle of its period, looked at a minute ago. */
export function given(name: string, changes: Partial<FleetAccount> = {}): FleetAccount {
  return {
    accountId: idOf(name),
    ring: 5,
    phase: 'idle',
    cause: null,
    reason: 'NotDue',
    attention: false,
    trouble: null,
    workedAt: { 'arm-read': NOW - MINUTE, 'vault-read': NOW - MINUTE },
    vaultUrl: VAULT,
    nextCheckAt: NOW + 14 * MINUTE,
    nextStepAt: NOW + 10 * DAY,
    dueAt: NOW + 10 * DAY,
    publishedAt: NOW - 20 * DAY,
    retireAt: null,
    lookedAt: NOW - MINUTE,
    admittedUntil: 0,
    asked: false,
    ...changes,
  };
}

/** An account whose rotation became due so long ago. */
export function givenDue(name: string, ago = 0, changes: Partial<FleetAccount> = {}): FleetAccount {
  const at = NOW - ago;
  return given(name, { nextCheckAt: at, nextStepAt: at, dueAt: at, ...changes });
}

/** An account in the overlap of a scheduled rotation. */
export function givenOverlap(name: string, changes: Partial<FleetAccount> = {}): FleetAccount {
  const base = { phase: 'overlap', cause: 'schedule', reason: 'InOverlap', dueAt: null } as const;
  return given(name, { ...base, publishedAt: NOW - DAY, retireAt: NOW + DAY, ...changes });
}

/** What a tick over these accounts decides. */
export function planOf(
  accounts: readonly FleetAccount[],
  limits: Partial<FleetLimits> = {},
  brakes: readonly BrakeState[] = [],
  mayAdmit?: boolean,
): FleetPlan {
  const survey = new FleetSurvey(NOW, { ...DEFAULT_FLEET, ...limits }, CHECK, brakes);
  for (const account of accounts) survey.add(account);
  return survey.plan(brakes, mayAdmit);
}

/** The names of those that may begin. */
export function admittedIn({ passes }: FleetPlan): string[] {
  return passes.filter(({ start }) => start === 'admitted').map(nameOf);
}

/** The names of those that are told to wait, with the reason. */
export function refusedIn({ passes }: FleetPlan): Record<string, string> {
  const told = passes.flatMap((pass) =>
    pass.start && pass.start !== 'admitted' ? [[nameOf(pass), pass.start.refused]] : [],
  );
  return Object.fromEntries(told);
}

/** An account's name. */
export function nameOf({ accountId }: Pick<FleetAccount, 'accountId'>): string {
  return accountId.slice(accountId.lastIndexOf('/') + 1);
}
