import { type FleetAccount, isOut, isStuck, isUnderWay, waitsToBegin } from './account.ts';

/**
 * For so long beyond its due time an account waits for those of lower rings that have merely not begun
 * or not got far yet. One that failed is waited for until people have mended it: to stop the others is
 * what it is there for.
 */
export const RING_PATIENCE_MS = 24 * 3_600_000;

/** The account that keeps others of higher rings from beginning. */
export interface Blocker {
  readonly accountId: string;
  readonly ring: number;
}

/** Who has to come first: the lowest ring that is not through yet, and the lowest that failed. */
export class Rings {
  readonly #now: number;
  readonly #delayMs: number;
  #unfinished: Blocker | undefined;
  /** Of the unfinished, those that are not long overdue themselves. */
  #timely: Blocker | undefined;
  #failed: Blocker | undefined;

  /** `delayMs`: how long after a publish an account of a lower ring is waited for. */
  constructor(now: number, delayMs: number) {
    this.#now = now;
    this.#delayMs = delayMs;
  }

  add(account: FleetAccount): void {
    if (isUnderWay(account) && isOut(account)) return;
    if (hasFailed(account)) this.#failed = lower(this.#failed, account);
    else if (this.#isUnfinished(account)) {
      this.#unfinished = lower(this.#unfinished, account);
      if (this.#isPatient(account)) this.#timely = lower(this.#timely, account);
    }
  }

  /** What the account waits for; undefined when nothing of a lower ring is in its way. */
  blockerOf(account: FleetAccount): { by: Blocker; failed: boolean } | undefined {
    const { ring, dueAt } = account;
    if (this.#failed && this.#failed.ring < ring) return { by: this.#failed, failed: true };
    // Who has no key yet has no due time of its own to be patient from.
    const by = dueAt === null ? this.#timely : this.#unfinished;
    if (!by || by.ring >= ring) return undefined;
    return this.#isPatient(account) ? { by, failed: false } : undefined;
  }

  #isPatient({ dueAt }: FleetAccount): boolean {
    return dueAt === null || this.#now < dueAt + RING_PATIENCE_MS;
  }

  #isUnfinished(account: FleetAccount): boolean {
    const { phase, dueAt, publishedAt } = account;
    if (!isUnderWay(account)) {
      const isDue = dueAt !== null && dueAt <= this.#now;
      return waitsToBegin(account, this.#now) || isDue;
    }
    if (phase !== 'overlap') return phase !== 'regeneratingStale';
    return publishedAt !== null && this.#now < publishedAt + this.#delayMs;
  }
}

/** A rotation that people have to look at, in which a call fails, or that somebody takes back. */
function hasFailed(account: FleetAccount): boolean {
  return isStuck(account) || (isUnderWay(account) && account.cause === 'rollback');
}

function lower(before: Blocker | undefined, { accountId, ring }: FleetAccount): Blocker {
  return before && before.ring <= ring ? before : { accountId, ring };
}
