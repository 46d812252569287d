import { Failure } from '../core/failures.ts';
import { type PacedKind, type PacedPass, passDelaysMs } from '../core/pacing.ts';
import {
  PASS_CALLS,
  QUOTA_LIMITS,
  QuotaBucket,
  type QuotaKind,
  type QuotaPurpose,
} from '../core/quota.ts';
import type { Clock } from '../service/ports.ts';
import type { PassPlace, Quota } from '../service/queuePorts.ts';

/** One bucket of Azure's: its kind, and the subscription or vault that it is counted for. */
export interface QuotaDraw {
  readonly kind: QuotaKind;
  readonly scope: string;
}

/** What an answer says about the buckets that its call drew from. */
export interface QuotaAnswer {
  /** Calls left in ARM's bucket for reads or for writes, whichever it names. */
  readonly remaining?: Partial<Record<QuotaKind, number>>;
  /** Set when the call was throttled: how long it asks to wait, in ms; NaN when it does not say. */
  readonly refusedForMs?: number;
}

/** What {@link Quotas} needs. */
export interface QuotasOptions {
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** A wait that is worth staying for; a longer one ends the invocation. */
const PATIENCE_MS = 2_000;
/** The line of those who come back; the scheduler, which spreads what is due, sees to all others. */
const LINE_MS = 60_000;
/** The wait after a 429 that names none. */
const UNNAMED_RETRY_MS = 10_000;

/**
 * What this instance knows of Azure's limits, shared by all its calls: before one leaves, there has to be
 * room for it, so that it is not Azure that refuses. What does not fit is told when to come back.
 */
export class Quotas implements Quota {
  readonly #options: QuotasOptions;
  readonly #buckets = new Map<string, QuotaBucket>();
  /** Which bucket an operation of ARM turned out to draw from. */
  readonly #learnt = new Map<string, QuotaKind>();

  constructor(options: QuotasOptions) {
    this.#options = options;
  }

  /** The bucket that an operation of ARM draws from: what its answers said, else what its method suggests. */
  armKind(method: string, operation: string): QuotaKind {
    return this.#learnt.get(operation) ?? (method === 'GET' ? 'armReads' : 'armWrites');
  }

  delaysMs(passes: readonly PacedPass[], withinMs: number): number[] {
    const now = this.#options.clock.now();
    const levelOf = (kind: PacedKind, scope: string) => this.#bucket({ kind, scope }).levelAt(now);
    return passDelaysMs(passes, withinMs, this.#passCalls(), levelOf);
  }

  async admit({ subscriptionId, vaultUrl }: PassPlace, purpose: QuotaPurpose): Promise<void> {
    const draws = [
      { kind: 'armReads', scope: subscriptionId },
      { kind: 'armWrites', scope: subscriptionId },
      { kind: 'vaultCalls', scope: vaultUrl },
      { kind: 'vaultCreations', scope: vaultUrl },
    ] as const;
    await this.#untilRoom(draws, purpose);
  }

  /**
   * Makes a call once there is room for it, and learns from its answer. Throws a `Failure` of kind
   * `throttled` without making it when that takes longer than is worth waiting.
   */
  async call<T>(
    draws: readonly QuotaDraw[],
    operation: string,
    send: () => Promise<T>,
    answerOf: (answer: T) => QuotaAnswer,
  ): Promise<T> {
    await this.#untilRoom(draws, 'call');
    const buckets = draws.map((draw) => this.#bucket(draw));
    const sentAt = this.#options.clock.now();
    for (const bucket of buckets) bucket.take(sentAt);
    let said: QuotaAnswer = {};
    try {
      const answer = await send();
      said = answerOf(answer);
      return answer;
    } finally {
      const now = this.#options.clock.now();
      for (const [index, { kind }] of draws.entries()) {
        buckets[index]?.end(now, said.remaining?.[kind]);
      }
      this.#heed(draws, operation, said, now);
    }
  }

  /** An answer may name another bucket than was thought of; a refusal is about all that were drawn from. */
  #heed(draws: readonly QuotaDraw[], operation: string, said: QuotaAnswer, now: number): void {
    const { remaining = {}, refusedForMs } = said;
    for (const kind of Object.keys(remaining) as QuotaKind[]) {
      this.#learnt.set(operation, kind);
      if (draws.some((draw) => draw.kind === kind)) continue;
      const scope = draws[0]?.scope ?? '';
      const bucket = this.#bucket({ kind, scope });
      bucket.take(now);
      bucket.end(now, remaining[kind]);
    }
    if (refusedForMs === undefined) return;
    const pauseMs = Number.isFinite(refusedForMs) ? refusedForMs : UNNAMED_RETRY_MS;
    for (const draw of draws) this.#bucket(draw).refused(now, pauseMs);
  }

  async #untilRoom(draws: readonly QuotaDraw[], purpose: QuotaPurpose): Promise<void> {
    const deadline = this.#options.clock.now() + PATIENCE_MS;
    for (;;) {
      const now = this.#options.clock.now();
      const fullest = this.#longestWait(draws, purpose, now);
      if (!fullest) return;
      const calls = purpose === 'call' ? 1 : this.#passCalls()[fullest.kind];
      const bucket = this.#bucket(fullest);
      const stayMs = bucket.stayMs(now, purpose, calls, deadline - now);
      if (stayMs === undefined) {
        const jitterMs = this.#options.random() * bucket.spacingMs(calls);
        throw noRoom(
          fullest,
          Math.ceil(bucket.comeBackMs(now, purpose, calls, LINE_MS) + jitterMs),
        );
      }
      await this.#options.sleep(Math.max(1, Math.ceil(stayMs)));
    }
  }

  /** Calls of a pass by bucket. Azure does not say which one POST listKeys draws from; its answers do. */
  #passCalls(): Record<QuotaKind, number> {
    const { getAccount, listKeys, regenerateKey, ...vault } = PASS_CALLS;
    return this.#learnt.get('listKeys') === 'armWrites'
      ? { armReads: getAccount, armWrites: regenerateKey + listKeys, ...vault }
      : { armReads: getAccount + listKeys, armWrites: regenerateKey, ...vault };
  }

  #longestWait(
    draws: readonly QuotaDraw[],
    purpose: QuotaPurpose,
    now: number,
  ): QuotaDraw | undefined {
    let longest: QuotaDraw | undefined;
    let longestMs = 0;
    for (const draw of draws) {
      const waitMs = this.#bucket(draw).waitMs(now, purpose);
      if (waitMs <= longestMs) continue;
      longest = draw;
      longestMs = waitMs;
    }
    return longest;
  }

  #bucket({ kind, scope }: QuotaDraw): QuotaBucket {
    const name = `${kind} ${scope.toLowerCase()}`;
    const known = this.#buckets.get(name);
    if (known) return known;
    const bucket = new QuotaBucket(QUOTA_LIMITS[kind], this.#options.clock.now());
    this.#buckets.set(name, bucket);
    return bucket;
  }
}

const LIMIT_NAMES: Readonly<Record<QuotaKind, string>> = {
  armReads: "ARM's limit of reads in subscription",
  armWrites: "ARM's limit of writes in subscription",
  vaultCalls: "Key Vault's limit of transactions in",
  vaultCreations: "Key Vault's limit of new versions in",
};

function noRoom({ kind, scope }: QuotaDraw, retryAfterMs: number): Failure {
  const message = `not sent: ${LIMIT_NAMES[kind]} ${scope} leaves no room yet`;
  return new Failure('throttled', message, { retryAfterMs });
}
