import { wait } from '../core/facts.ts';
import { Failure } from '../core/failures.ts';
import type { Admission } from '../core/observation.ts';
import { planNextStep } from '../core/planner.ts';
import type { Step, Wait } from '../core/steps.ts';
import type { Dependencies } from './dependencies.ts';
import { Hands, LostRace, type Memory } from './hands.ts';
import { lookAgain, lookAtHold, type Observed, observe } from './observe.ts';

/** Steps after which a pass knows how things stand without a look, unless their outcome was in doubt. */
const PLAIN: ReadonlySet<Step['do']> = new Set([
  'note',
  'regenerate',
  'verify',
  'publish',
  'announce',
  'remind',
  'report',
  'confirmRetired',
  'closeRequest',
]);

/** Steps that need no look of their own after such a one: they change no key and no secret's value. */
const CAREFREE: ReadonlySet<Step['do']> = new Set([
  'wait',
  'note',
  'verify',
  'announce',
  'remind',
  'report',
  'confirmRetired',
  'closeRequest',
]);

/** Steps that a hold forbids. */
const ENDS_A_KEY: ReadonlySet<Step['do']> = new Set(['regenerate', 'disableKeys']);

/** Which pass it is; `admission` is what the tick said that sent it. */
export interface PassIdentity {
  readonly accountId: string;
  readonly worker: string;
  readonly admission: Admission | undefined;
}

/** One step, and the picture that it rests on. */
export interface Decided {
  readonly observed: Observed;
  readonly planned: Step;
}

/**
 * The next step. What this pass itself has just done or read, as `carried` has it, is not read again for
 * steps that could hurt nobody; a regenerate rests on a whole observation, and a publish on keys and a
 * secret, that were read for it.
 */
export async function decide(
  { accountId, worker, admission }: PassIdentity,
  dependencies: Dependencies,
  memory: Memory,
  carried: Observed | undefined,
): Promise<Decided> {
  const { timing } = dependencies.deployment;
  const plan = (observed: Observed): Decided => ({
    observed,
    planned: planNextStep(observed.observation, timing),
  });
  let decided = plan(carried ?? (await observe(accountId, worker, dependencies, admission)));
  if (carried && decided.planned.do === 'publish') {
    decided = plan(await lookAgain(carried, dependencies));
    if (decided.planned.do === 'publish') return decided;
  }
  if (carried && !CAREFREE.has(decided.planned.do)) {
    const planned = await writeKept(new Hands(dependencies, worker, carried, memory));
    if (planned) return { observed: carried, planned };
    decided = plan(await observe(accountId, worker, dependencies, admission));
  }
  if (!ENDS_A_KEY.has(decided.planned.do)) return decided;
  return plan(await lookAtHold(decided.observed, dependencies));
}

/** The picture after a step that was carried out; undefined where only a look can tell. */
export function carryOnAfter(hands: Hands, { do: did }: Step): Observed | undefined {
  return PLAIN.has(did) ? hands.carryOn() : undefined;
}

/** Before the record is read again, what this pass kept has to be in it. A wait when that failed. */
export async function writeKept(hands: Hands): Promise<Wait | undefined> {
  if (!hands.hasUnwritten) return undefined;
  const { clock, deployment } = hands.dependencies;
  try {
    await hands.write(hands.record, []);
    return undefined;
  } catch (error) {
    const now = clock.now();
    if (error instanceof LostRace) {
      return wait('ClaimedByAnother', now, 'another worker was first');
    }
    if (!(error instanceof Failure)) throw error;
    return wait('ObservationIncomplete', now + deployment.timing.quarantineMs / 15, error.message);
  }
}
