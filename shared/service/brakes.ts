import { type BrakeState, type Failures, needOf, nextState } from '../core/fleet/brakes.ts';
import { CALLS } from '../core/trouble.ts';
import type { Dependencies } from './dependencies.ts';
import { fleetAccountOf } from './fleetAccount.ts';
import { recordDeed } from './operations/history.ts';
import type { StoredBrake } from './statusPorts.ts';

/**
 * The brakes as they stand after what this tick saw: set, kept, or released because nothing failed for
 * a while. Changes are stored, and said once: by whoever stored them.
 */
export async function judgeBrakes(
  failures: Failures,
  stored: readonly StoredBrake[],
  now: number,
  dependencies: Dependencies,
): Promise<BrakeState[]> {
  const { fleet, timing } = dependencies.deployment;
  // The longest pause after a failure, and the time for a tick to notice its end.
  const retryMs = timing.quarantineMs + timing.claimMs;
  const next = (state: BrakeState) => nextState(state, failures, now, fleet.brake, retryMs);
  const needs = failures.needs(stored.map(({ state }) => state));
  const open = needs.filter((state) => state.brake !== null || next(state).brake !== null);
  const before = await withSuccesses(needs, open, failures, dependencies);
  const after = before.map(next);
  for (const [index, state] of after.entries()) {
    const was = before[index];
    const known = stored.find((each) => each.state.id === state.id);
    if (same(state, known?.state)) continue;
    // What is remembered of a call that nothing depends on needs no row. That it worked after so many had
    // failed is remembered: else each tick would look for that again, as long as they fail.
    if (!known && !state.brake && state.clearedAt === 0) continue;
    const written = await dependencies.statuses.writeBrake(state, known?.etag ?? null);
    if (written) await say(was, state, dependencies);
  }
  return after;
}

/** Notes that an account was let through to see whether the call works again. */
export async function noteTrials(
  ids: readonly string[],
  now: number,
  { statuses, deployment }: Dependencies,
): Promise<void> {
  if (ids.length === 0) return;
  const trialAt = now + deployment.fleet.brake.quietMs;
  for (const { state, etag } of await statuses.brakes()) {
    if (!state.brake || !ids.includes(state.id)) continue;
    await statuses.writeBrake({ ...state, brake: { ...state.brake, trialAt } }, etag);
  }
}

/** When each call last worked, looked up for those that are `open`: there it decides about a brake. */
async function withSuccesses(
  states: readonly BrakeState[],
  open: readonly BrakeState[],
  failures: Failures,
  { statuses }: Dependencies,
): Promise<BrakeState[]> {
  if (open.length === 0) return [...states];
  const workedAt = new Map(open.map((state) => [state.id, state.clearedAt]));
  const since = open.map((state) => sinceOf(state, failures));
  for await (const status of statuses.lookedAtSince(Math.min(...since))) {
    const account = fleetAccountOf({ ...status, status, admittedUntil: 0, asked: false });
    for (const call of CALLS) {
      const { id } = needOf(account, call);
      const clearedAt = workedAt.get(id);
      if (clearedAt !== undefined)
        workedAt.set(id, Math.max(clearedAt, account.workedAt[call] ?? 0));
    }
  }
  return states.map((state) => ({
    ...state,
    clearedAt: workedAt.get(state.id) ?? state.clearedAt,
  }));
}

function sinceOf(state: BrakeState, failures: Failures): number {
  const began = failures.of(state).map(({ since }) => since);
  const from = state.brake ? [state.brake.since, ...began] : began;
  return Math.max(state.clearedAt, Math.min(...from));
}

function same(left: BrakeState, right: BrakeState | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

async function say(
  before: BrakeState | undefined,
  { id, brake }: BrakeState,
  dependencies: Dependencies,
): Promise<void> {
  if (Boolean(before?.brake) === Boolean(brake)) return;
  const reason = brake ? 'FleetBraked' : 'BrakeReleased';
  const message = brake
    ? `${id}: ${brake.accounts} accounts in a row failed (${brake.kind}); rotations that need it do not begin, those under way go on`
    : `${id}: nothing failed for a while; rotations begin again`;
  dependencies.telemetry.record({
    level: 'warn',
    name: 'problem',
    accountId: undefined,
    reason,
    message,
  });
  await recordDeed(null, { reason, message, actor: '' }, dependencies);
}
