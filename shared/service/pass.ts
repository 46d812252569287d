import { wait, waitForPerson } from '../core/facts.ts';
import { Failure } from '../core/failures.ts';
import type { LastingTrouble } from '../core/fleet/account.ts';
import type { Admission } from '../core/observation.ts';
import type { Fingerprint } from '../core/slots.ts';
import type { Step, Wait } from '../core/steps.ts';
import { type Call, type Trouble, troubleOf } from '../core/trouble.ts';
import { act } from './act.ts';
import { carryOnAfter, decide, writeKept } from './decide.ts';
import type { Dependencies } from './dependencies.ts';
import { Hands, LostRace, type Memory } from './hands.ts';
import type { Key } from './key.ts';
import { putOffIfUnread } from './lookAgain.ts';
import type { Observed } from './observe.ts';
import { comeBack, comeBackInAnyCase, noRoomFor } from './room.ts';
import { sayPass, sayProblem, sayStep } from './say.ts';
import { restsOnBefore, statusOf } from './status.ts';
import type { AccountStatus } from './statusPorts.ts';

/** Steps of one pass at most; a whole rotation without an overlap takes about twelve. */
const STEP_LIMIT = 24;

/**
 * One pass over one account: observe, decide one step, carry it out, and again, until there is
 * nothing to do for now. Whatever crashes, the next pass observes again and goes on; a pass that is
 * told twice, or runs beside another, changes nothing but the time it takes.
 *
 * What this pass itself has just done or read is not read again for steps that could hurt nobody; a
 * regenerate rests on a whole observation, and a publish on keys and a secret, that were read for it.
 *
 * `admission` is what the tick said that sent this pass.
 *
 * Returns what the account waits for. Throws only what is a defect.
 */
export async function runPass(
  accountId: string,
  dependencies: Dependencies,
  admission?: Admission,
): Promise<Wait> {
  const startedAt = dependencies.clock.now();
  const worker = dependencies.ids.next();
  const values = new Map<Fingerprint, Key>();
  const memory: Memory = { values, unwritten: undefined, worked: new Set<Call>() };
  let carried: Observed | undefined;
  for (let count = 0; ; count++) {
    const { observed, planned } = await decide(
      { accountId, worker, admission },
      dependencies,
      memory,
      carried,
    );
    const hands = new Hands(dependencies, worker, observed, memory);
    const outcome =
      count < STEP_LIMIT ? await carryOut(hands, planned) : tooManySteps(hands, planned);
    if (outcome) return finish(hands, outcome, startedAt);
    carried = carryOnAfter(hands, planned);
    const lost = carried ? undefined : await writeKept(hands);
    if (lost) return finish(hands, lost, startedAt);
  }
}

/** Undefined: carried out, look again. */
async function carryOut(hands: Hands, step: Step): Promise<Wait | undefined> {
  if (step.do === 'wait') return step;
  const { clock } = hands.dependencies;
  const startedAt = clock.now();
  try {
    const noRoom = await noRoomFor(hands, step);
    if (noRoom) return noRoom;
    const pause = await act(hands, step);
    sayStep(hands, step, pause ? 'waiting' : 'done', startedAt);
    return pause;
  } catch (error) {
    if (error instanceof LostRace) {
      sayStep(hands, step, 'lostRace', startedAt, 'another worker was first');
      return wait('ClaimedByAnother', clock.now(), 'another worker was first');
    }
    if (!(error instanceof Failure)) throw error;
    sayStep(hands, step, 'failed', startedAt, error.message);
    return afterFailure(hands, step, error);
  }
}

/**
 * A call failed and left no doubt behind: the record says how long to leave it. Undefined: it was an
 * event that could not be sent; look again at what can be done without.
 */
async function afterFailure(hands: Hands, step: Step, failure: Failure): Promise<Wait | undefined> {
  const { clock, deployment } = hands.dependencies;
  let until =
    clock.now() + Math.max(failure.retryAfterMs ?? 0, deployment.timing.quarantineMs / 15);
  try {
    if (hands.hasRecord) {
      const entry = hands.entry(step, 'refused', { message: failure.message });
      const telling = isTelling(step);
      const what = telling ? { telling, call: 'topic' as const } : {};
      await hands.setback(hands.record, failure, entry, what);
      if (telling) return undefined;
      until = hands.record.notBefore;
    }
  } catch (error) {
    // The failure may be the record's own storage: then the next pass simply comes earlier.
    if (!(error instanceof Failure || error instanceof LostRace)) throw error;
  }
  const message = `${step.message}: ${failure.message}; tried again at ${new Date(until).toISOString()}`;
  return failure.retriable
    ? wait(step.reason, until, message)
    : waitForPerson(step.reason, until, message);
}

function isTelling(step: Step): boolean {
  return step.do === 'announce' || step.do === 'remind' || step.do === 'report';
}

function tooManySteps(hands: Hands, step: Step): Wait {
  if (step.do === 'wait') return step;
  const { clock, deployment } = hands.dependencies;
  const message = `${STEP_LIMIT} steps in one pass: going on in the next`;
  return wait(step.reason, clock.now() + deployment.timing.probeIntervalMs, message);
}

/** Gives the claim back and leaves a status behind; neither is needed for the next pass to be right. */
async function finish(hands: Hands, outcome: Wait, startedAt: number): Promise<Wait> {
  const { statuses, clock, deployment } = hands.dependencies;
  const { checkIntervalMs, probeIntervalMs } = deployment.timing;
  let until = Math.min(outcome.until, clock.now() + checkIntervalMs);
  try {
    // The other worker leaves the status that counts.
    if (outcome.reason === 'ClaimedByAnother') {
      if (hands.observation.requests.length > 0)
        await comeBackInAnyCase(hands, clock.now() + probeIntervalMs);
    } else {
      const meanwhile = await happenedMeanwhile(hands, await hands.release());
      if (meanwhile === 'asked') until = clock.now();
      if (outcome.reason === 'Throttled') until = await comeBack(hands, until);
      if (meanwhile !== 'changed') {
        const status = await statusAfter(hands, outcome, until);
        await statuses.put(status);
        until = status.nextCheckAt;
      }
    }
  } catch (error) {
    if (!(error instanceof Failure || error instanceof LostRace)) throw error;
    const told =
      error instanceof Failure && error.because && outcome.message.includes(error.because);
    const why = told ? error.brief : error.message;
    sayProblem(hands, outcome.reason, `the status was not written: ${why}`);
  }
  sayPass(hands, outcome, until, startedAt);
  return { ...outcome, until };
}

/** The status before is read where a part of the new one rests on it. */
async function statusAfter(hands: Hands, outcome: Wait, until: number): Promise<AccountStatus> {
  const { statuses, deployment } = hands.dependencies;
  const { observation } = hands;
  const record = hands.hasRecord ? hands.record : null;
  const found = troubleOf(observation, record, deployment.timing.verificationLimitMs);
  const before =
    found || restsOnBefore(hands, outcome) ? await statuses.get(observation.accountId) : null;
  const trouble = found && { ...found, since: sinceWhen(found, before?.trouble) };
  const nextStepAt = outcome.until;
  const status = statusOf(hands, { outcome: { ...outcome, until }, nextStepAt, trouble, before });
  return putOffIfUnread(status, observation, deployment.timing);
}

/** Since when the same call has failed. */
function sinceWhen({ call, at }: Trouble, before: LastingTrouble | null | undefined): number {
  return before?.call === call ? before.since : at;
}

/**
 * What others did since this pass looked. `asked`: somebody asks for something; the pass that brought that along
 * was turned away while this one held its claim. `changed`: another worker wrote the record, which a pass that
 * only looked cannot know, unlike one that `wrote` it; then that worker leaves the status that counts.
 */
async function happenedMeanwhile(
  hands: Hands,
  wrote: boolean,
): Promise<'asked' | 'changed' | undefined> {
  const { dependencies, observation } = hands;
  // Who was turned away comes back by itself.
  if (!observation.record.ok || (wrote && dependencies.later)) return undefined;
  const { stored, requests } = await dependencies.records.readOwn(observation.accountId);
  if (!wrote && hands.isOutdatedBy(stored)) return 'changed';
  const seen = new Set(observation.requests.map(({ id }) => id));
  return requests.some(({ id }) => !seen.has(id)) ? 'asked' : undefined;
}
