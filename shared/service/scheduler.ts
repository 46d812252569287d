import { type FleetPlan, FleetSurvey, type PlannedPass } from '../core/fleet/plan.ts';
import { judgeBrakes, noteTrials } from './brakes.ts';
import type { Dependencies } from './dependencies.ts';
import { type Discovery, discover, subscriptionsOf } from './discovery.ts';
import { fleetAccountOf } from './fleetAccount.ts';
import { borneWithin, type TimedPass } from './pace.ts';
import type { PassMessage, PassQueue } from './queuePorts.ts';
import { writeSchedule } from './schedule.ts';
import type { Tick } from './statusPorts.ts';

/** What one tick saw and did. */
export interface TickResult {
  /** Accounts that are looked at for the first time, again, or once more because they vanished. */
  readonly discovered: number;
  /** Accounts due for a look or a start. */
  readonly due: number;
  readonly underWay: number;
  readonly enqueued: number;
  readonly admitted: number;
  readonly heldBack: number;
}

/** What Azure's limits do not bear within this is left to the next tick: as far as ticks are apart. */
const REACH_MS = 60_000;

/**
 * One tick: finds the accounts that are due, puts messages for them on the queue, and says in these
 * which may begin a rotation. It decides nothing about keys, so a tick that runs twice, late or not at
 * all changes nothing but time.
 *
 * Only then it looks for accounts, which may take long or fail: whoever is due does not wait for that.
 */
export async function tick(dependencies: Dependencies, queue: PassQueue): Promise<TickResult> {
  const { clock, statuses, telemetry } = dependencies;
  const now = clock.now();
  const before = await statuses.readTick();
  const planned = await planAndSend(now, dependencies, queue);
  await statuses.writeTick({ ...before, at: now });
  const { appeared, changed, vanished } = await lookForAccounts(before, now, dependencies);
  const discovered = appeared + changed + vanished;
  // To look for accounts may have taken long: what is admitted now counts from here.
  const more = discovered > 0 ? await planAndSend(clock.now(), dependencies, queue) : undefined;
  const result = { discovered, ...(more ? together(planned, more) : planned) };
  telemetry.record({
    level: 'info',
    name: 'tick',
    accountId: undefined,
    reason: undefined,
    message: `${result.due} accounts are due, ${result.enqueued} are looked at now, ${result.admitted} of them may begin`,
    data: {
      ...result,
      vanished,
      sinceLastMs: before.at === null ? null : now - before.at,
    },
  });
  return result;
}

/**
 * Everywhere at the check interval; before that, once more where it was missed. That comes first both
 * times, in its order: subscriptions that never answer keep none from its turn.
 */
async function lookForAccounts(
  { discoveredAt, missed }: Tick,
  now: number,
  dependencies: Dependencies,
): Promise<Discovery> {
  const { checkIntervalMs } = dependencies.deployment.timing;
  const everywhere = discoveredAt === null || now >= discoveredAt + checkIntervalMs;
  const all = subscriptionsOf(dependencies);
  const first = missed.filter((id) => all.includes(id));
  const where = everywhere ? [...new Set([...first, ...all])] : first;
  const discovery = await discover(where, dependencies);
  if (everywhere || missed.length > 0) {
    const next = everywhere ? now : discoveredAt;
    const { missed } = discovery;
    await dependencies.statuses.writeTick({ at: now, discoveredAt: next, missed });
  }
  return discovery;
}

/** What was planned and sent, before any look for accounts. */
export type Planned = Omit<TickResult, 'discovered'>;

/** What was sent at first is not due any more when it is planned once more. */
function together(first: Planned, second: Planned): Planned {
  const { underWay, heldBack } = second;
  return {
    due: first.enqueued + second.due,
    underWay,
    heldBack: first.heldBack + heldBack,
    admitted: first.admitted + second.admitted,
    enqueued: first.enqueued + second.enqueued,
  };
}

/**
 * Sends who is due, as far as Azure's limits bear it, and says in these messages who may begin: what a tick
 * does first. At once with one that is under way it says nothing about starts.
 */
export async function planAndSend(
  now: number,
  dependencies: Dependencies,
  queue: PassQueue,
): Promise<Planned> {
  const { statuses, deployment } = dependencies;
  const { timing, fleet } = deployment;
  const claimedUntil = now + timing.claimMs + timing.clockSkewMs;
  // Two ticks at once would give the same places away twice; without a limit that does not matter.
  const mayAdmit = fleet.maxUnderWay === null || (await statuses.claimTick(now, claimedUntil));
  try {
    const stored = await statuses.brakes();
    const states = stored.map(({ state }) => state);
    const survey = new FleetSurvey(now, fleet, timing.checkIntervalMs, states);
    for await (const row of statuses.scheduled(now)) survey.add(fleetAccountOf(row));
    const brakes = await judgeBrakes(survey.failures, stored, now, dependencies);
    const inTime = mayAdmit && dependencies.clock.now() < now + timing.claimMs;
    const plan = survey.plan(brakes, inTime);
    const passes = borneWithin(REACH_MS, plan.passes, dependencies);
    await noteTrials(trialsIn(plan, passes), now, dependencies);
    await send(passes, now, dependencies, queue);
    const admitted = passes.filter(({ start }) => start === 'admitted').length;
    const { due, underWay, heldBack } = plan;
    return { due, underWay, heldBack, admitted, enqueued: passes.length };
  } finally {
    if (mayAdmit && fleet.maxUnderWay !== null) await statuses.releaseTick(claimedUntil);
  }
}

/** States of brakes whose trial is among these passes; one that is left to the next tick is none yet. */
function trialsIn({ trials }: FleetPlan, passes: readonly PlannedPass[]): string[] {
  const sent = new Set(passes.map(({ accountId }) => accountId));
  return trials.filter(({ accountId }) => sent.has(accountId)).map(({ id }) => id);
}

/**
 * The accounts are not due again while their messages wait; should one be lost, its account is due when
 * a claim would end. What was admitted is written before it is sent, so that its place is taken.
 */
async function send(
  passes: readonly TimedPass[],
  now: number,
  dependencies: Dependencies,
  queue: PassQueue,
): Promise<void> {
  if (passes.length === 0) return;
  const { timing } = dependencies.deployment;
  const until = now + timing.claimMs;
  // A pass may begin at the last moment, by a clock that is behind, and be at work for a while.
  const admittedUntil = until + timing.clockSkewMs + timing.sendWithinMs + timing.claimMs;
  const changes = passes.map(({ accountId, start }) => {
    const nextCheckAt = until;
    return start === 'admitted'
      ? { accountId, nextCheckAt, admittedUntil }
      : { accountId, nextCheckAt };
  });
  // A write takes rows of one partition, in which subscriptions lie side by side.
  await writeSchedule(changes, dependencies);
  await queue.enqueue(
    passes.map((pass) => messageOf(pass, until)),
    passes.map(({ delayMs }) => delayMs),
  );
}

function messageOf({ accountId, start }: PlannedPass, until: number): PassMessage {
  const message = { accountId, notAfter: until };
  if (start === undefined) return message;
  return { ...message, start: start === 'admitted' ? { until } : start };
}
