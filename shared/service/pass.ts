import { wait, waitForPerson } from '../core/facts.ts';
import { Failure } from '../core/failures.ts';
import type { LastingTrouble } from '../core/fleet/account.ts';
import type { Admission } from '../core/observation.ts';
import { planNextStep } from '../core/planner.ts';
import type { Fingerprint } from '../core/slots.ts';
import type { Step, Wait } from '../core/steps.ts';
import { type Call, troubleOf } from '../core/trouble.ts';
import { act } from './act.ts';
import type { Dependencies } from './dependencies.ts';
import { Hands, LostRace } from './hands.ts';
import type { Key } from './key.ts';
import { observe } from './observe.ts';
import { sayPass, sayProblem, sayStep } from './say.ts';
import { statusOf } from './status.ts';

/** Steps of one pass at most; a whole rotation without an overlap takes about twelve. */
const STEP_LIMIT = 24;

/**
 * One pass over one account: observe, decide one step, carry it out, and again, until there is
 * nothing to do for now. Whatever crashes, the next pass observes again and goes on; a pass that is
 * told twice, or runs beside another, changes nothing but the time it takes.
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
  const worked = new Set<Call>();
  for (let count = 0; ; count++) {
    const observed = await observe(accountId, worker, dependencies, admission);
    const hands = new Hands(dependencies, worker, observed, values, worked);
    const planned = planNextStep(observed.observation, dependencies.deployment.timing);
    const outcome =
      count < STEP_LIMIT ? await carryOut(hands, planned) : tooManySteps(hands, planned);
    if (outcome) return finish(hands, outcome, startedAt);
  }
}

/** Undefined: carried out, look again. */
async function carryOut(hands: Hands, step: Step): Promise<Wait | undefined> {
  if (step.do === 'wait') return step;
  const { clock } = hands.dependencies;
  const startedAt = clock.now();
  try {
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
  let until = Math.min(outcome.until, clock.now() + deployment.timing.checkIntervalMs);
  try {
    // The other worker leaves the status that counts.
    if (outcome.reason !== 'ClaimedByAnother') {
      if ((await hands.release()) && (await wasAskedMeanwhile(hands))) until = clock.now();
      const trouble = await lastingTrouble(hands);
      await statuses.put(statusOf(hands, { ...outcome, until }, outcome.until, trouble));
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

/** What is wrong for now, and since when the same call has failed: known from the status before. */
async function lastingTrouble(hands: Hands): Promise<LastingTrouble | null> {
  const { statuses, deployment } = hands.dependencies;
  const { observation } = hands;
  const record = hands.hasRecord ? hands.record : null;
  const trouble = troubleOf(observation, record, deployment.timing.verificationLimitMs);
  if (!trouble) return null;
  const before = (await statuses.get(observation.accountId))?.trouble;
  const since = before?.call === trouble.call ? before.since : trouble.at;
  return { ...trouble, since };
}

/** While this pass held its claim, the pass that a request brought along was turned away. */
async function wasAskedMeanwhile({ dependencies, observation }: Hands): Promise<boolean> {
  const { requests } = await dependencies.records.read(observation.accountId);
  const seen = new Set(observation.requests.map(({ id }) => id));
  return requests.some(({ id }) => !seen.has(id));
}
