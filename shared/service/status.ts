import { factsOf } from '../core/facts.ts';
import { missingSubscribers, type Observation } from '../core/observation.ts';
import type { RotationRecord } from '../core/record.ts';
import { retirementAt } from '../core/rules/compromise.ts';
import type { Wait } from '../core/steps.ts';
import type { Hands } from './hands.ts';
import { secretUrl } from './observe.ts';
import type { AccountStatus, StatusPolicy } from './ports.ts';

/**
 * What operators see after a pass: the record in short, what is waited for, and the posture.
 * `nextStepAt` (epoch ms) is when the planner expects to go on, however often it looks before that.
 */
export function statusOf(hands: Hands, outcome: Wait, nextStepAt: number): AccountStatus {
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

function policyShown({ policy }: Observation): StatusPolicy | null {
  if (!policy.ok) return null;
  const { periodMs, overlapMs, window, acknowledgement, subscribers } = policy.policy;
  return { periodMs, overlapMs, window: window?.text ?? null, acknowledgement, subscribers };
}

function missing(
  { policy, acknowledgements }: Observation,
  record: RotationRecord | null,
): readonly string[] {
  if (!policy.ok || !record?.active) return [];
  return missingSubscribers(policy.policy.subscribers, acknowledgements, record.active.fingerprint);
}
