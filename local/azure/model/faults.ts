import type { Call, Service } from './call.ts';
import type { Random } from './random.ts';

/** What can go wrong with a call. */
export type Fault =
  /** Waits before anything else happens. Adds up with other faults. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Answers an error; the effect does not happen. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Closes the connection without an answer; the effect does not happen. */
  | { readonly kind: 'drop' }
  /** The effect happens, then the connection closes without an answer. */
  | { readonly kind: 'loseResponse' }
  /** Never answers; the effect happens `afterMs` later, when the caller has long given up. */
  | { readonly kind: 'lateEffect'; readonly afterMs: number }
  /** A vault answers with the newest version but one, as a lagging replica would. */
  | { readonly kind: 'staleRead' };

export interface FaultRule {
  readonly service?: Service;
  readonly operation?: string;
  /** Compared without case, like the names of accounts and secrets. */
  readonly target?: string;
  /** Lets this many matching calls pass first. */
  readonly skip?: number;
  /** Strikes this often, then rests; without it, always. */
  readonly times?: number;
  /** Strikes with this chance, 0 to 1; without it, always. */
  readonly probability?: number;
  readonly fault: Fault;
}

interface ArmedRule {
  readonly rule: FaultRule;
  skipped: number;
  struck: number;
}

/** What the rules make of one call: a delay, and at most one fault. */
export interface Verdict {
  readonly latencyMs: number;
  readonly fault: Exclude<Fault, { kind: 'latency' }> | undefined;
}

/** The list of rules in force. Of several that strike one call, the first decides; delays add up. */
export class Faults {
  readonly #random: Random;
  #armed: ArmedRule[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Replaces all rules. */
  set(rules: readonly FaultRule[]): void {
    this.#armed = rules.map(arm);
  }

  /** Adds a rule. Returns a function that lifts it. */
  add(rule: FaultRule): () => void {
    const armed = arm(rule);
    this.#armed.push(armed);
    return () => {
      this.#armed = this.#armed.filter((other) => other !== armed);
    };
  }

  clear(): void {
    this.#armed = [];
  }

  judge(call: Call): Verdict {
    let latencyMs = 0;
    let fault: Verdict['fault'];
    for (const armed of this.#armed) {
      const candidate = armed.rule.fault;
      if (candidate.kind !== 'latency' && fault) continue;
      if (!this.#strikes(armed, call)) continue;
      if (candidate.kind === 'latency') latencyMs += candidate.ms;
      else fault = candidate;
    }
    return { latencyMs, fault };
  }

  #strikes(armed: ArmedRule, call: Call): boolean {
    const { rule } = armed;
    if (!covers(rule, call)) return false;
    if (armed.skipped < (rule.skip ?? 0)) {
      armed.skipped += 1;
      return false;
    }
    if (armed.struck >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
    if (rule.probability !== undefined && this.#random.next() >= rule.probability) return false;
    armed.struck += 1;
    return true;
  }
}

function arm(rule: FaultRule): ArmedRule {
  return { rule, skipped: 0, struck: 0 };
}

function covers(rule: FaultRule, call: Call): boolean {
  return (
    (rule.service ?? call.service) === call.service &&
    (rule.operation ?? call.operation) === call.operation &&
    (rule.target ?? call.target).toLowerCase() === call.target.toLowerCase()
  );
}
