import { type Facts, factsOf } from '../core/facts.ts';
import type { LastingTrouble, WorkedAt } from '../core/fleet/account.ts';
import { missingSubscribers, type Observation } from '../core/observation.ts';
import type { Reason } from '../core/reasons.ts';
import type { RotationRecord } from '../core/record.ts';
import { retirementAt } from '../core/rules/compromise.ts';
import { rotationDueAt } from '../core/schedule.ts';
import type { Wait } from '../core/steps.ts';
import { readsThatWorked } from '../core/trouble.ts';
import type { Hands } from './hands.ts';
import { secretUrl } from './observe.ts';
import type { AccountStatus, StatusPolicy } from './statusPorts.ts';

/** What a status says of a pass beside what it saw. */
export interface PassEnd {
  readonly outcome: Wait;
  /** When the planner expects to go on (epoch ms), however often it looks before that. */
  readonly nextStepAt: number;
  /** What is wrong for the time being. */
  readonly trouble: LastingTrouble | null;
  /** The status so far, of which stays what this pass could not read. */
  readonly before: AccountStatus | null;
}

/** Whether a pass did not see all of what a status says, and what the one before says has to do. */
export function restsOnBefore({ observation }: Hands, { reason }: Pick<Wait, 'reason'>): boolean {
  const { account, record } = observation;
  return UNREAD.has(reason) || !account.ok || account.value === null || !record.ok;
}

/** Reasons of passes to which something could not be read. */
const UNREAD: ReadonlySet<Reason> = new Set(['ObservationIncomplete', 'Throttled']);

/** What operators see after a pass: the record in short, what is waited for, and the posture. */
export function statusOf(hands: Hands, end: PassEnd): AccountStatus {
  const { outcome, nextStepAt, trouble, before } = end;
  const { observation } = hands;
  // Name by name: V8 keeps an object that grows by a second spread as a slow dictionary.
  const {
    kind,
    keyless,
    networkRestricted,
    customSubdomain,
    secretUrl,
    policy,
    missingSubscribers,
  } = accountShown(hands, before);
  return {
    ...recordShown(hands, end),
    kind,
    keyless,
    networkRestricted,
    customSubdomain,
    secretUrl,
    policy,
    missingSubscribers,
    accountId: observation.accountId,
    name: accountNameOf(observation),
    reason: outcome.reason,
    message: outcome.message,
    attention: outcome.attention,
    nextCheckAt: outcome.until,
    nextStepAt,
    trouble,
    workedAt: workedIn(hands),
    lookedAt: hands.observedAt,
    updatedAt: hands.dependencies.clock.now(),
  };
}

function workedIn({ observation, observedAt, worked }: Hands): WorkedAt {
  const calls = [...readsThatWorked(observation), ...worked];
  return Object.fromEntries(calls.map((call) => [call, observedAt]));
}

function recordShown(hands: Hands, { before, outcome }: PassEnd) {
  const { observation } = hands;
  if (!observation.record.ok && before) return before;
  const record = hands.hasRecord ? hands.record : null;
  const facts = factsOf(observation, hands.dependencies.deployment.timing);
  return {
    phase: record?.phase ?? null,
    cause: record?.rotation?.cause ?? null,
    rotationId: record?.rotation?.id ?? null,
    activeSlot: record?.active?.slot ?? null,
    fingerprint: record?.active?.fingerprint ?? null,
    publishedAt: record?.active?.createdAt ?? null,
    staleFingerprint: record?.stale?.fingerprint ?? null,
    retireAt: facts ? retirementAt(facts) : (record?.retireAt ?? null),
    lastRotationId: record?.lastRotation?.id ?? null,
    // An account that cannot be read now stays due when it was.
    dueAt: facts ? idleUntil(facts) : UNREAD.has(outcome.reason) ? dueBefore(record, before) : null,
  };
}

function dueBefore(record: RotationRecord | null, before: AccountStatus | null): number | null {
  if (record?.phase !== 'idle' || !before) return null;
  return record.active?.createdAt === before.publishedAt ? before.dueAt : null;
}

/** Without the account, its tags are not known either: neither its ring nor where its secret is. */
function accountShown(hands: Hands, before: AccountStatus | null) {
  const { observation } = hands;
  const account = observation.account.ok ? observation.account.value : null;
  if (!account && before) {
    const { kind, keyless, networkRestricted, customSubdomain } = before;
    const { secretUrl, policy, missingSubscribers } = before;
    const posture = { kind, keyless, networkRestricted, customSubdomain };
    return { ...posture, secretUrl, policy, missingSubscribers };
  }
  const { secretRef } = observation;
  return {
    kind: account?.kind ?? 'unknown',
    secretUrl: account && secretRef ? secretUrl(secretRef) : null,
    policy: account ? policyShown(observation) : null,
    keyless: account?.keyless ?? null,
    networkRestricted: account?.networkRestricted ?? null,
    customSubdomain: account?.customSubdomain ?? null,
    missingSubscribers: account && hands.hasRecord ? missing(observation, hands.record) : [],
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
