/** One of Azure's limits: so many calls at once, refilled at so many a second. */
export interface QuotaLimit {
  readonly capacity: number;
  readonly perSecond: number;
}

/** The sorts of calls that Azure counts separately: ARM's for each subscription, Key Vault's for each vault. */
export type QuotaKind = 'armReads' | 'armWrites' | 'vaultCalls' | 'vaultCreations';

/**
 * Azure's published limits. ARM's are buckets as they stand here, for each subscription, region and
 * principal; what is left of them comes with each answer. Key Vault allows 4,000 transactions and 300 new
 * versions in any ten seconds: a part of those at once, the others over the time. Of new versions that part is
 * small, because a vault that is shared by a large fleet is held to what refills.
 */
export const QUOTA_LIMITS: Readonly<Record<QuotaKind, QuotaLimit>> = {
  armReads: { capacity: 250, perSecond: 25 },
  armWrites: { capacity: 200, perSecond: 10 },
  vaultCalls: { capacity: 400, perSecond: 360 },
  vaultCreations: { capacity: 20, perSecond: 28 },
};

/**
 * What a call or a pass is for, and the share of a bucket that it has to leave to others: a rotation
 * starts only while there is enough for the ones under way, and a margin stays for calls of other
 * instances that this one has not heard of yet.
 */
export const QUOTA_RESERVES = { start: 0.3, finish: 0.1, call: 0.04 } as const;
/** One of {@link QUOTA_RESERVES}. */
export type QuotaPurpose = keyof typeof QUOTA_RESERVES;

/** How often a pass that starts a rotation, the dearest there is, makes the calls that are limited. */
export const PASS_CALLS = {
  getAccount: 1,
  listKeys: 3,
  regenerateKey: 1,
  vaultCalls: 5,
  vaultCreations: 1,
} as const;

/** Whoever else draws from a bucket never seems to leave this one less than this share of the refill. */
const LEAST_SHARE = 0.1;
/** How fast what others draw is learnt from what answers say is left. */
const LEARNING_MS = 60_000;
/** How fast it is forgotten where answers say nothing. */
const FORGETTING_MS = 60_000;
/** A bucket with more than this share left counts as full. */
const FULL = 0.95;
/** No answer keeps calls away for longer: one that comes too early is told so again. */
const LONGEST_PAUSE_MS = 10 * 60_000;
/** A refusal that asks for more than this is heeded whatever is known. */
const SHORT_PAUSE_MS = 10_000;
/** Refusals of a bucket that should be half full are believed when there are so many in such a time. */
const STRAYS = { believed: 5, withinMs: 10_000 } as const;
/** For so long what an answer said is left is trusted more than such refusals. */
const TOLD_MS = 60_000;
/** Answers of 429 closer together than this tell the same thing. */
const SAME_REFUSAL_MS = 1_000;

/**
 * What is left of one of Azure's limits, as far as one instance can tell: its own calls are counted,
 * those of others are learnt from what answers say is left, or from being throttled. All times are epoch
 * milliseconds; there is no clock in it.
 */
export class QuotaBucket {
  readonly #limit: QuotaLimit;
  #level: number;
  /** The level is as of this moment; in the future after a `Retry-After`, before which there is none. */
  #at: number;
  #pausedUntil = 0;
  #inFlight = 0;
  #othersPerSecond = 0;
  #heardAt: number;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;
  #strayTimes: number[] = [];
  #stayingUntil = 0;
  #awayUntil = 0;

  constructor(limit: QuotaLimit, now: number) {
    this.#limit = limit;
    this.#level = limit.capacity;
    this.#at = now;
    this.#heardAt = now;
  }

  /** Calls that could be made at `now`. */
  levelAt(now: number): number {
    this.#heedClock(now);
    const refilled = (Math.max(0, now - this.#at) / 1000) * this.ownPerSecond;
    return Math.max(this.#level, Math.min(this.#limit.capacity, this.#level + refilled));
  }

  /** The refill that others leave to this instance. */
  get ownPerSecond(): number {
    const { perSecond } = this.#limit;
    return Math.max(perSecond * LEAST_SHARE, perSecond - this.#othersPerSecond);
  }

  /** How long until there is room for one call that leaves the reserve of its purpose; 0: there is. */
  waitMs(now: number, purpose: QuotaPurpose): number {
    this.#heedClock(now);
    const wanted = this.#limit.capacity * QUOTA_RESERVES[purpose] + 1;
    const from = Math.max(now, this.#at);
    const missing = Math.max(0, wanted - this.levelAt(from));
    return from - now + (missing / this.ownPerSecond) * 1000;
  }

  /**
   * How long until the turn of somebody who stays and waits. Turns are as far apart as the refill takes for
   * `calls`, so that those who wait for the same room do not all find it. Undefined when that is longer
   * than `patienceMs`.
   */
  stayMs(
    now: number,
    purpose: QuotaPurpose,
    calls: number,
    patienceMs: number,
  ): number | undefined {
    const turn = Math.max(this.#stayingUntil, now + this.waitMs(now, purpose));
    if (turn > now + patienceMs) return undefined;
    this.#stayingUntil = turn + this.spacingMs(calls);
    return turn - now;
  }

  /**
   * How long until the turn of somebody who leaves and comes back: a place in a line whose turns are as far
   * apart as the refill takes for `calls`, so that a fleet that was told to wait does not come back at once.
   * The line is `longestMs` long at most; whoever finds it full is told its end, and has no place in it.
   */
  comeBackMs(now: number, purpose: QuotaPurpose, calls: number, longestMs: number): number {
    const room = now + this.waitMs(now, purpose);
    const turn = Math.max(this.#awayUntil, room);
    if (turn > room + longestMs) return room + longestMs - now;
    this.#awayUntil = turn + this.spacingMs(calls);
    return turn - now;
  }

  /** The time between two turns of so many calls. */
  spacingMs(calls: number): number {
    return (calls / this.ownPerSecond) * 1000;
  }

  /** A call leaves. */
  take(now: number): void {
    this.#settle(now);
    this.#level -= 1;
    this.#inFlight += 1;
  }

  /** A call is over. `remaining`: what its answer says is left; undefined where it says nothing. */
  end(now: number, remaining?: number): void {
    this.#heedClock(now);
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    // A full bucket says as little of others as no word does, except that they do not draw much.
    const isFull = remaining !== undefined && remaining > this.#limit.capacity * FULL;
    if (remaining === undefined || isFull) this.#forget(now);
    this.#heardAt = now;
    if (remaining === undefined || now < this.#at) return;
    this.#toldAt = now;
    const expected = this.levelAt(now);
    // Calls on their way may or may not be counted yet: as if none were.
    const level = remaining - this.#inFlight;
    this.#learn((expected - level) / (LEARNING_MS / 1000));
    this.#level = level;
    this.#at = now;
  }

  /** A call was answered with 429: there is nothing before `retryAfterMs` have passed, and little then. */
  refused(now: number, retryAfterMs: number): void {
    if (retryAfterMs <= SHORT_PAUSE_MS && this.#isStray(now)) return;
    const until = now + Math.min(retryAfterMs, LONGEST_PAUSE_MS);
    if (now - this.#refusedAt >= SAME_REFUSAL_MS) {
      this.#learn(this.ownPerSecond / 2);
      this.#refusedAt = now;
    }
    this.#level = Math.min(0, this.levelAt(now));
    this.#at = Math.max(this.#at, until);
    this.#pausedUntil = this.#at;
  }

  /**
   * Services answer 429 for reasons of their own, too. Where there should be plenty left, as answers say or
   * as this instance counts, a single one is about its own call and no reason to hold up all others.
   */
  #isStray(now: number): boolean {
    if (this.levelAt(now) <= this.#limit.capacity / 2) return false;
    if (now - this.#toldAt < TOLD_MS) return true;
    const recent = this.#strayTimes.filter((at) => Math.abs(now - at) < STRAYS.withinMs);
    this.#strayTimes = [...recent, now];
    return this.#strayTimes.length < STRAYS.believed;
  }

  /** A clock that was set back must not keep calls away until it is as late again. */
  #heedClock(now: number): void {
    const isPaused = this.#at === this.#pausedUntil && this.#at <= now + LONGEST_PAUSE_MS;
    if (now >= this.#at || isPaused) return;
    this.#at = now;
    this.#heardAt = now;
    this.#refusedAt = Number.NEGATIVE_INFINITY;
    this.#stayingUntil = 0;
    this.#awayUntil = 0;
  }

  #settle(now: number): void {
    this.#heedClock(now);
    if (now <= this.#at) return;
    this.#level = this.levelAt(now);
    this.#at = now;
  }

  #forget(now: number): void {
    this.#othersPerSecond *= Math.exp(-Math.max(0, now - this.#heardAt) / FORGETTING_MS);
  }

  /** Others draw so much more a second than was thought. */
  #learn(morePerSecond: number): void {
    const most = this.#limit.perSecond * (1 - LEAST_SHARE);
    this.#othersPerSecond = Math.min(most, Math.max(0, this.#othersPerSecond + morePerSecond));
  }
}
