import { parseDuration } from '../core/duration.ts';
import type { Reason } from '../core/reasons.ts';
import type { Step, Wait } from '../core/steps.ts';
import type { Hands } from './hands.ts';
import type { TelemetryEntry } from './ports.ts';
import { accountNameOf, statusOf } from './status.ts';

/** What became of a step; `waiting`: it found that there is nothing more to do for now. */
type StepOutcome = 'done' | 'waiting' | 'lostRace' | 'failed';

/** Steps after which a record has no rotation any more. */
const CLOSING: ReadonlySet<Step['do']> = new Set(['confirmRetired', 'finishKeyless']);

/** Says that a step was tried; `why` it came to nothing. `startedAt` is in epoch ms. */
export function sayStep(
  hands: Hands,
  { do: did, reason, message }: Step,
  outcome: StepOutcome,
  startedAt: number,
  why?: string,
): void {
  const { telemetry, clock } = hands.dependencies;
  const record = hands.hasRecord ? hands.record : null;
  // A step that closed a rotation is a step of it.
  const about = record?.rotation ?? (CLOSING.has(did) ? record?.lastRotation : null);
  telemetry.record({
    level: outcome === 'failed' ? 'warn' : 'info',
    name: 'step',
    accountId: hands.observation.accountId,
    reason,
    message: why ? `${message}: ${why}` : message,
    data: {
      do: did,
      outcome,
      durationMs: clock.now() - startedAt,
      accountName: accountNameOf(hands.observation),
      phase: record?.phase ?? null,
      cause: about?.cause ?? null,
      rotationId: about?.id ?? null,
    },
  });
}

/** Says how a pass ended and how the account stands; times are in epoch ms. */
export function sayPass(hands: Hands, outcome: Wait, until: number, startedAt: number): void {
  const { telemetry, clock, deployment } = hands.dependencies;
  telemetry.record({
    level: levelOf(outcome),
    name: 'pass',
    accountId: hands.observation.accountId,
    reason: outcome.reason,
    message: outcome.message,
    data: {
      until: new Date(until).toISOString(),
      durationMs: clock.now() - startedAt,
      outcome: 'waiting',
      attention: outcome.attention,
      checkIntervalMs: deployment.timing.checkIntervalMs,
      ...figures(hands, outcome),
    },
  });
}

function levelOf({ attention, reason }: Wait): TelemetryEntry['level'] {
  if (attention) return 'warn';
  return reason === 'NotDue' || reason === 'InOverlap' ? 'debug' : 'info';
}

/** Waits in which nobody wants the account's key to be rotated. */
const NOT_ROTATED: ReadonlySet<Reason> = new Set(['Excluded', 'Keyless']);

/** How the account stands; null: not known, or it does not apply. */
function figures(hands: Hands, outcome: Wait) {
  const status = statusOf(hands, {
    outcome,
    nextStepAt: outcome.until,
    trouble: null,
    before: null,
  });
  const { phase, cause, rotationId, publishedAt, policy, retireAt, fingerprint } = status;
  const now = status.updatedAt;
  const missing = fingerprint === null || !policy ? null : status.missingSubscribers.length;
  return {
    accountName: status.name,
    phase,
    cause,
    rotationId,
    keyAgeMs: publishedAt === null || NOT_ROTATED.has(outcome.reason) ? null : now - publishedAt,
    // A key gets too old by some period, also where an invalid tag keeps it from being rotated.
    periodMs: policy?.periodMs ?? defaultPeriodMs(hands),
    overlapLeftMs: phase === 'overlap' && retireAt !== null ? retireAt - now : null,
    unacknowledged: missing,
  };
}

function defaultPeriodMs({ dependencies }: Hands): number | null {
  return parseDuration(dependencies.deployment.policyDefaults['key-rotation-period']) ?? null;
}

/** Says that something went wrong that the pass can do without. */
export function sayProblem(hands: Hands, reason: Reason, message: string): void {
  hands.dependencies.telemetry.record({
    level: 'warn',
    name: 'problem',
    accountId: hands.observation.accountId,
    reason,
    message,
  });
}
