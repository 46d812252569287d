import { CALLS } from '../trouble.ts';
import {
  type FleetAccount,
  isStuck,
  isUnderWay,
  mayPublish,
  takesPlace,
  waitsToBegin,
} from './account.ts';
import { Best } from './best.ts';
import { type BrakeState, Failures, needOf } from './brakes.ts';
import type { FleetLimits } from './limits.ts';
import { byPlace, byTurn, type Place, placeOf, startPlaceOf } from './order.ts';
import {
  type Braked,
  type Refusal,
  refusalByBrake,
  refusalByLimit,
  refusalByRing,
} from './refusals.ts';
import { Rings } from './rings.ts';

/** What a tick sends. */
export interface PlannedPass {
  readonly accountId: string;
  /** Whether starts are allowed; undefined: nothing is said about them. */
  readonly start: 'admitted' | Refusal | undefined;
  /** Where the account's secret is; null while that is not known. */
  readonly vaultUrl: string | null;
  /** Whether it may put a new version there. */
  readonly mayPublish: boolean;
}

/** One account that begins although a brake is set, to see whether the call works again. */
export interface Trial {
  /** Of the brake's state. */
  readonly id: string;
  readonly accountId: string;
}

/** What a tick is to do, and what it saw. */
export interface FleetPlan {
  readonly passes: readonly PlannedPass[];
  /** States of brakes, by id, in which a trial begins now, and the account that it is made with. */
  readonly trials: readonly Trial[];
  readonly underWay: number;
  /** Accounts due for a look or a start. */
  readonly due: number;
  /** Due starts that were held back, as far as they were looked at. */
  readonly heldBack: number;
}

/** Passes that one tick sends at most; what is left is due at the next tick. */
export const PASSES_PER_TICK = 10_000;

/**
 * What one tick sees of the fleet, account by account, and what it decides. Its memory is bounded: it
 * keeps the best few of whoever is due, however many there are.
 */
export class FleetSurvey {
  readonly failures: Failures;
  readonly #now: number;
  readonly #limits: FleetLimits;
  readonly #patienceMs: number;
  readonly #rings: Rings;
  readonly #places: Best<Place>;
  readonly #turns: Best<FleetAccount>;
  readonly #brakes: readonly BrakeState[];
  #taken = 0;
  /** Of the places taken, those of accounts in trouble. */
  #stuck = 0;
  #underWay = 0;
  #due = 0;

  /** `brakes` as the last tick left them; `patienceMs`: who waits longer moves up. */
  constructor(now: number, limits: FleetLimits, patienceMs: number, brakes: readonly BrakeState[]) {
    this.#now = now;
    this.#limits = limits;
    this.#patienceMs = patienceMs;
    this.#brakes = brakes;
    this.failures = new Failures(limits.brake);
    this.#rings = new Rings(now, limits.ringDelayMs);
    this.#places = new Best(PASSES_PER_TICK, byPlace);
    this.#turns = new Best(PASSES_PER_TICK, byTurn);
  }

  add(account: FleetAccount): void {
    const isDue = account.nextCheckAt <= this.#now;
    const begins = waitsToBegin(account, this.#now);
    this.failures.add(account);
    this.#rings.add(account);
    if (isUnderWay(account)) this.#underWay += 1;
    if (takesPlace(account)) {
      this.#taken += 1;
      if (isStuck(account)) this.#stuck += 1;
    }
    if (isDue || begins) this.#due += 1;
    if (isDue) this.#places.add(placeOf(account, this.#now, this.#patienceMs));
    // Whom a brake holds back anyway must not keep others from being remembered.
    const waits = begins && (isDue || !takesPlace(account));
    if (waits && !brakeOf(account, this.#brakes, this.#now)) {
      this.#turns.add(account);
    }
  }

  /** Decides; `brakes` as they stand now. Unless it `mayAdmit`, nothing is said about starts. */
  plan(brakes: readonly BrakeState[], mayAdmit = true): FleetPlan {
    const { admitted, trials, full } = this.#admit(mayAdmit ? this.#turns.items : [], brakes);
    const starts = [...admitted.values()].map((one) =>
      startPlaceOf(one, this.#now, this.#patienceMs),
    );
    const others = this.#places.items.filter(({ account }) => !admitted.has(account.accountId));
    const passes: PlannedPass[] = [];
    let heldBack = 0;
    for (const { account } of [...starts, ...others].sort(byPlace)) {
      if (passes.length === PASSES_PER_TICK) break;
      const isAdmitted = admitted.has(account.accountId);
      const refusal = mayAdmit && !isAdmitted ? this.#refusalOf(account, brakes, full) : undefined;
      if (refusal) heldBack += 1;
      passes.push(plannedPass(account, isAdmitted ? 'admitted' : refusal));
    }
    return { passes, trials, underWay: this.#underWay, due: this.#due, heldBack };
  }

  #admit(turns: readonly FleetAccount[], brakes: readonly BrakeState[]) {
    const admitted = new Map<string, FleetAccount>();
    const trials: Trial[] = [];
    let free = (this.#limits.maxUnderWay ?? Number.POSITIVE_INFINITY) - this.#taken;
    for (const account of turns) {
      // Whose message was lost has its place already.
      const hasPlace = takesPlace(account);
      if (!hasPlace && free <= 0) continue;
      if (this.#rings.blockerOf(account)) continue;
      const braked = brakesOf(account, brakes);
      const onTrial = (id: string) => trials.some((trial) => trial.id === id);
      if (braked.some(({ id, brake }) => onTrial(id) || this.#now < brake.trialAt)) continue;
      trials.push(...braked.map(({ id }) => ({ id, accountId: account.accountId })));
      admitted.set(account.accountId, account);
      if (!hasPlace) free -= 1;
    }
    return { admitted, trials, full: free <= 0 };
  }

  #refusalOf(
    account: FleetAccount,
    brakes: readonly BrakeState[],
    full: boolean,
  ): Refusal | undefined {
    if (!waitsToBegin(account, this.#now)) return undefined;
    const braked = brakeOf(account, brakes, this.#now) ?? brakesOf(account, brakes)[0];
    if (braked) return refusalByBrake(braked);
    const blocker = this.#rings.blockerOf(account);
    if (blocker) return refusalByRing(account, blocker, this.#now);
    const { maxUnderWay } = this.#limits;
    if (maxUnderWay === null || !full) return undefined;
    return refusalByLimit(account, maxUnderWay, this.#stuck, this.#now);
  }
}

function plannedPass(account: FleetAccount, start: PlannedPass['start']): PlannedPass {
  const { accountId, vaultUrl } = account;
  return { accountId, start, vaultUrl, mayPublish: start === 'admitted' || mayPublish(account) };
}

function brakesOf(account: FleetAccount, states: readonly BrakeState[]): Braked[] {
  const needs = new Set(CALLS.map((call) => needOf(account, call).id));
  return states.filter((state): state is Braked => state.brake !== null && needs.has(state.id));
}

/** A brake that lets not even a trial begin. */
function brakeOf(
  account: FleetAccount,
  states: readonly BrakeState[],
  now: number,
): Braked | undefined {
  return brakesOf(account, states).find(({ brake }) => now < brake.trialAt);
}
