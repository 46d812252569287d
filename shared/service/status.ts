import { type Facts, factsOf } from '../core/facts.ts';
import type { LastingTrouble } from '../core/fleet/account.ts';
import { missingSubscribers, type Observation } from '../core/observation.ts';
import type { RotationRecord } from '../core/record.ts';
import { retirementAt } from '../core/rules/compromise.ts';
import { rotationDueAt } from '../core/schedule.ts';
import type { Wait } from '../core/steps.ts';
import { readsThatWorked } from '../core/trouble.ts';
import type { Hands } from './hands.ts';
import { secretUrl } from './observe.ts';
import type { AccountStatus, StatusPolicy } from './statusPorts.ts';

/**
 * What operators see after a pass: the record in short, what is waited for, and the posture.
 * `nextStepAt` (epoch ms) is when the planner expects to go on, however often it looks before that.
 * `trouble` is what is wrong for the time being.
 */
export function statusOf(
  hands: Hands,
  outcome: Wait,
  nextStepAt: number,
  trouble: LastingTrouble | null = null,
): AccountStatus {
  const { observation } = hands;
  const account = observation.account.ok ? observation.account.value : null;
  const record = hands.hasRecord ? hands.record : null;
  const accountId = observation.accountId;
  const facts = factsOf(observation, hands.dependencies.deployment.timing);
  return {
    accountId,
    name: accountNameOf(observation),
    kind: account?.kind ?? 'unknown',
    phase: record?.phase ?? null,
    cause: record?.rotation?.cause ?? null,
    rotationId: record?.rotation?.id ?? null,
    activeSlot: record?.active?.slot ?? null,
    fingerprint: record?.active?.fingerprint ?? null,
    publishedAt: record?.active?.createdAt ?? null,
    staleFingerprint: record?.stale?.fingerprint ?? null,
    retireAt: facts ? retirementAt(facts) : (record?.retireAt ?? null),
    secretUrl: observation.secretRef ? secretUrl(observation.secretRef) : null,
    lastRotationId: record?.lastRotation?.id ?? null,
    reason: outcome.reason,
    message: outcome.message,
    attention: outcome.attention,
    nextCheckAt: outcome.until,
    nextStepAt,
    dueAt: facts ? idleUntil(facts) : null,
    trouble,
    worked: [...new Set([...readsThatWorked(observation), ...hands.worked])],
    lookedAt: hands.observedAt,
    policy: policyShown(observation),
    missingSubscribers: missing(observation, record),
    keyless: account?.keyless ?? null,
    networkRestricted: account?.networkRestricted ?? null,
    customSubdomain: account?.customSubdomain ?? null,
    updatedAt: hands.dependencies.clock.now(),
  };
}

/** The account's name; the end of its id while ARM has not told. */
export function accountNameOf({ account, accountId }: Observation): string {
  const known = account.ok ? account.value?.name : undefined;
  return known ?? accountId.slice(accountId.lastIndexOf('/') + 1);
}

/** When the active key's rotation is due, as long as none is under way. */
function idleUntil({ record, account, policy, timing }: Facts): number | null {
  const { active, lastRotation, phase } = record;
  if (!active || phase !== 'idle') return null;
  return rotationDueAt(active, lastRotation?.cause, account.id, policy, timing);
}

function policyShown({ policy }: Observation): StatusPolicy | null {
  if (!policy.ok) return null;
  const { periodMs, overlapMs, window, ring, acknowledgement, subscribers } = policy.policy;
  return { periodMs, overlapMs, window: window?.text ?? null, ring, acknowledgement, subscribers };
}

function missing(
  { policy, acknowledgements }: Observation,
  record: RotationRecord | null,
): readonly string[] {
  if (!policy.ok || !record?.active) return [];
  return missingSubscribers(policy.policy.subscribers, acknowledgements, record.active.fingerprint);
}
