import type { FleetAccount } from '../core/fleet/account.ts';
import { DEFAULT_RING } from '../core/policy.ts';
import type { ScheduledAccount } from './statusPorts.ts';

/** What the scheduler looks at of an account's row. */
export function fleetAccountOf(row: ScheduledAccount): FleetAccount {
  const { accountId, status, nextCheckAt, admittedUntil, asked } = row;
  const secretUrl = status?.secretUrl ?? null;
  return {
    accountId,
    ring: status?.policy?.ring ?? DEFAULT_RING,
    phase: status?.phase ?? null,
    cause: status?.cause ?? null,
    reason: status?.reason ?? null,
    attention: status?.attention ?? false,
    trouble: status?.trouble ?? null,
    workedAt: status?.workedAt ?? {},
    vaultUrl: secretUrl === null ? null : new URL(secretUrl).origin,
    nextCheckAt,
    nextStepAt: status?.nextStepAt ?? null,
    dueAt: status?.dueAt ?? null,
    publishedAt: status?.publishedAt ?? null,
    retireAt: status?.retireAt ?? null,
    lookedAt: status?.lookedAt ?? 0,
    admittedUntil,
    asked,
  };
}
