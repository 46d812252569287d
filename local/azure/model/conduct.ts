import { AzureError } from './azure-error.ts';
import type { Call } from './call.ts';
import type { CallEnd, CallLog } from './call-log.ts';
import type { Faults, Verdict } from './faults.ts';
import type { Throttle, Throttles } from './throttles.ts';
import { sleep, type TimeSource } from './time.ts';

/** What a fault changes about an effect, for the few that can be changed. */
export interface EffectContext {
  /** The read must be answered from before the newest write. */
  readonly stale: boolean;
}

/** What is left in a bucket after a call; ARM shows it in a header. */
export interface Remaining extends Throttle {
  readonly calls: number;
}

/** How a call went for the caller. After `dropped` and `hung` it cannot know about the effect. */
export type Outcome<T> =
  | { readonly kind: 'answered'; readonly value: T; readonly remaining: readonly Remaining[] }
  | { readonly kind: 'refused'; readonly error: AzureError }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'hung' };

interface ConductorParts {
  readonly time: TimeSource;
  readonly faults: Pick<Faults, 'judge'>;
  readonly throttles: Throttles;
  readonly log: Pick<CallLog, 'append'>;
}

/**
 * The one path of every call, on every front: delay, fault, throttle, effect, log. An effect is a
 * synchronous function on the model, so it happens wholly or not at all.
 */
export class Conductor {
  readonly #parts: ConductorParts;

  constructor(parts: ConductorParts) {
    this.#parts = parts;
  }

  async conduct<T>(call: Call, effect: (context: EffectContext) => T): Promise<Outcome<T>> {
    const verdict = this.#parts.faults.judge(call);
    await sleep(this.#parts.time, verdict.latencyMs);
    const outcome = this.#decide(call, verdict, effect);
    const { service, operation, target } = call;
    const at = this.#parts.time.now();
    this.#parts.log.append({ service, operation, target, at, end: endOf(outcome) });
    return outcome;
  }

  #decide<T>(call: Call, { fault }: Verdict, effect: (context: EffectContext) => T): Outcome<T> {
    switch (fault?.kind) {
      case 'drop':
        return { kind: 'dropped' };
      case 'status':
        return { kind: 'refused', error: injectedError(fault) };
      case 'lateEffect': {
        const { time } = this.#parts;
        time.schedule(time.now() + fault.afterMs, () => {
          this.#perform(call, effect, false);
        });
        return { kind: 'hung' };
      }
      case 'loseResponse':
        this.#perform(call, effect, false);
        return { kind: 'dropped' };
      default:
        return this.#perform(call, effect, fault?.kind === 'staleRead');
    }
  }

  #perform<T>(call: Call, effect: (context: EffectContext) => T, stale: boolean): Outcome<T> {
    try {
      const remaining = (call.throttles ?? []).flatMap((throttle) => {
        const calls = this.#parts.throttles.draw(throttle);
        return calls === undefined ? [] : [{ ...throttle, calls }];
      });
      return { kind: 'answered', value: effect({ stale }), remaining };
    } catch (error) {
      if (error instanceof AzureError) return { kind: 'refused', error };
      throw error;
    }
  }
}

function injectedError(fault: { status: number; retryAfterSeconds?: number }): AzureError {
  const { status, retryAfterSeconds } = fault;
  const details = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  const code = status === 429 ? 'TooManyRequests' : 'InjectedFault';
  return new AzureError(status, code, `An injected fault answers ${status}.`, details);
}

function endOf(outcome: Outcome<unknown>): CallEnd {
  switch (outcome.kind) {
    case 'answered':
      return 200;
    case 'refused':
      return outcome.error.status;
    default:
      return outcome.kind;
  }
}
