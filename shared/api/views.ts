import type * as z from 'zod';
import { accountPath } from '../core/accountPath.ts';
import type { ScopedHold } from '../core/observation.ts';
import type { SetBrake } from '../service/operations/brakes.ts';
import type { FollowedRotation } from '../service/operations/follow.ts';
import type { InspectedAccount } from '../service/operations/inspect.ts';
import type { KeylessPreview } from '../service/operations/keyless.ts';
import type { PlannedStep } from '../service/operations/plan.ts';
import type { HistoryEntry } from '../service/recordPorts.ts';
import type { AccountStatus, StatusPolicy } from '../service/statusPorts.ts';
import type * as answers from './schemas/answers.ts';

/** An account as the API lists it: times in ISO 8601, fingerprints instead of keys. */
export type AccountView = z.infer<typeof answers.account>;
/** One account, with what people and apps set. */
export type AccountDetailView = z.infer<typeof answers.accountDetail>;
/** A line of history. */
export type HistoryView = z.infer<typeof answers.historyEntry>;
/** A hold. */
export type HoldView = z.infer<typeof answers.hold>;
/** A brake. */
export type BrakeView = z.infer<typeof answers.brake>;
/** What a release did. */
export type ReleasedView = z.infer<typeof answers.released>;
/** A rotation from its asking to its end. */
export type RotationView = z.infer<typeof answers.rotation>;
/** What ending key authentication would mean. */
export type KeylessView = z.infer<typeof answers.keylessPreview>;
/** Who calls. */
export type CallerView = z.infer<typeof answers.caller>;
/** Liveness. */
export type HealthView = z.infer<typeof answers.health>;
/** A line of the plan. */
export type PlanView = z.infer<typeof answers.plan>['accounts'][number];

/** An account in the list, with the hold in force over it. */
export function accountView(status: AccountStatus, hold: ScopedHold | null): AccountView {
  const { reason, message } = status;
  return {
    id: status.accountId,
    path: accountPath(status.accountId),
    name: status.name,
    kind: status.kind,
    activeSlot: status.activeSlot,
    fingerprint: status.fingerprint,
    activeSince: isoOrNull(status.publishedAt),
    phase: status.phase,
    rotation: status.rotationId === null ? null : { id: status.rotationId, cause: status.cause },
    stale:
      status.staleFingerprint === null
        ? null
        : { fingerprint: status.staleFingerprint, retireAt: isoOrNull(status.retireAt) },
    lastRotationId: status.lastRotationId,
    secretUrl: status.secretUrl,
    reason,
    message,
    attention: status.attention,
    nextCheckAt: iso(status.nextCheckAt),
    nextStep: { do: 'wait', reason, message, at: isoOrNull(status.nextStepAt) },
    policy: status.policy && policyView(status.policy),
    missingSubscribers: [...status.missingSubscribers],
    hold: hold && holdView(hold),
    posture: {
      keyAuthentication: status.keyless === null ? null : !status.keyless,
      networkRestricted: status.networkRestricted,
      customSubdomain: status.customSubdomain,
    },
    updatedAt: iso(status.updatedAt),
  };
}

/** One account, with what changed since the last pass by the hands of people and apps. */
export function accountDetailView(inspected: InspectedAccount): AccountDetailView {
  const { status, holds, requests, acknowledgements, missingSubscribers } = inspected;
  return {
    ...accountView({ ...status, missingSubscribers }, holds[0] ?? null),
    holds: holds.map(holdView),
    requests: requests.map(({ id, kind, createdAt, actor, comment }) => {
      return { id, cause: kind, requestedAt: iso(createdAt), actor, reason: comment };
    }),
    acknowledgements: acknowledgements.map((one) => ({ ...one, at: iso(one.at) })),
  };
}

/** What ending key authentication would mean, as the API shows it. */
export function keylessView({ overlapMs, keyUsers, ...preview }: KeylessPreview): KeylessView {
  return {
    ...preview,
    breaks: [...preview.breaks],
    waitsFor: [...preview.waitsFor],
    keyUsers: keyUsers.map((one) => ({ ...one, at: iso(one.at) })),
    overlapSeconds: overlapMs === null ? null : overlapMs / 1000,
  };
}

/** A line of history as the API shows it. */
export function historyView(entry: HistoryEntry): HistoryView {
  return { ...entry, at: iso(entry.at) };
}

/** A hold as the API shows it. */
export function holdView({ scope, actor, comment, until }: ScopedHold): HoldView {
  return { scope, actor, reason: comment, until: isoOrNull(until) };
}

/** A rotation as the API shows it. */
export function rotationView({ comment, ...followed }: FollowedRotation): RotationView {
  return {
    ...followed,
    requestedAt: isoOrNull(followed.requestedAt),
    startedAt: isoOrNull(followed.startedAt),
    closedAt: isoOrNull(followed.closedAt),
    reason: comment,
    steps: followed.steps.map(historyView),
  };
}

/** A line of the plan as the API shows it. */
export function planView({ at, hold, ...planned }: PlannedStep): PlanView {
  return { ...planned, at: iso(at), hold: hold && holdView(hold) };
}

/** A brake as the API shows it. */
export function brakeView({ id, call, scope, brake }: SetBrake): BrakeView {
  const { kind, accounts, since, lastFailureAt, endsAt } = brake;
  const times = { since: iso(since), lastFailureAt: iso(lastFailureAt), endsAt: iso(endsAt) };
  return { id, call, scope, kind, accounts, ...times };
}

/** Liveness as the API shows it; `tickAt` and `now` in epoch ms. */
export function healthView(tickAt: number | null, now: number, brakes: number): HealthView {
  return {
    status: 'ok',
    lastTickAt: isoOrNull(tickAt),
    lastTickAgeSeconds: tickAt === null ? null : Math.round((now - tickAt) / 1000),
    brakes,
  };
}

function policyView(policy: StatusPolicy): NonNullable<AccountView['policy']> {
  const { periodMs, overlapMs, window, ring, subscribers, acknowledgement } = policy;
  return {
    periodSeconds: periodMs / 1000,
    overlapSeconds: overlapMs / 1000,
    window,
    ring,
    subscribers: [...subscribers],
    acknowledgement,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : iso(time);
}
