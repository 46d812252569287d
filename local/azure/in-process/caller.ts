import type { Quotas } from '../../../shared/azure/quotas.ts';
import { Failure } from '../../../shared/core/failures.ts';
import type { Outcome as PortOutcome } from '../../../shared/service/ports.ts';
import type { AzureModel } from '../model/azure-model.ts';
import type { Call } from '../model/call.ts';
import type { Conductor, EffectContext, Outcome } from '../model/conduct.ts';
import type { Clock } from '../model/time.ts';
import { refusal } from './failures.ts';
import { counted } from './quota.ts';

type Effect<T> = (context: EffectContext) => T;

/** What is a caller's own. */
interface CallerOptions {
  readonly conductor: Conductor;
  /** Its clock, on which deadlines are. */
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** What it knows of Azure's limits; undefined: its calls leave as they come. */
  readonly quotas?: Quotas | undefined;
}

/**
 * The caller's end of a call, in the place of SDK and network: its time-out runs on the model's
 * time, and what it cannot know stays unknown to it. A call that timed out goes on in the model.
 * Nothing is retried here, so that every fault reaches the service.
 */
export class Caller {
  readonly model: AzureModel;
  readonly #options: CallerOptions;

  constructor(model: AzureModel, options: CallerOptions) {
    this.model = model;
    this.#options = options;
  }

  /** A call that may be repeated: its value, or a `Failure`. */
  async read<T>(call: Call, effect: Effect<T>): Promise<T> {
    const what = describe(call);
    const outcome = await counted(this.#options.quotas, call, () => this.#outcome(call, effect));
    switch (outcome.kind) {
      case 'answered':
        return outcome.value;
      case 'refused':
        throw refusal(what, outcome.error);
      case 'dropped':
        throw new Failure('unavailable', `${what}: connection failed`);
      case 'hung':
        throw new Failure('timeout', `${what}: no answer in time`);
    }
  }

  /** A call that must not be made twice, nor at all after `sendBy`. */
  async change<T>(call: Call, sendBy: number, effect: Effect<T>): Promise<PortOutcome<T>> {
    const what = describe(call);
    const { clock, quotas } = this.#options;
    const sent = await counted(quotas, call, async () =>
      clock.now() > sendBy ? ({ kind: 'notSent' } as const) : this.#outcome(call, effect),
    ).catch((error: unknown) => {
      if (error instanceof Failure) return { kind: 'noRoom', failure: error } as const;
      throw error;
    });
    return toPortOutcome(sent, what);
  }

  /** How the call ended for the caller; an answer that comes too late is none. */
  #outcome<T>(call: Call, effect: Effect<T>): Promise<Outcome<T>> {
    const { time } = this.model;
    const { conductor, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const cancelLimit = time.schedule(time.now() + timeoutMs, () => resolve({ kind: 'hung' }));
      conductor.conduct(call, effect).then((outcome) => {
        if (outcome.kind === 'hung') return;
        cancelLimit();
        resolve(outcome);
      }, reject);
    });
  }
}

/** How an attempt to change something came to an end, or that it was not sent and why. */
type Sent<T> =
  | Outcome<T>
  | { readonly kind: 'notSent' }
  | { readonly kind: 'noRoom'; readonly failure: Failure };

function toPortOutcome<T>(outcome: Sent<T>, what: string): PortOutcome<T> {
  switch (outcome.kind) {
    case 'notSent':
      return { kind: 'notSent' };
    case 'noRoom':
      return { kind: 'refused', failure: outcome.failure };
    case 'answered':
      return { kind: 'done', value: outcome.value };
    case 'refused': {
      // A request time-out and a server's error leave open whether the effect still comes.
      const { status } = outcome.error;
      const definite = status < 500 && status !== 408;
      const failure = refusal(what, outcome.error);
      return { kind: definite ? 'refused' : 'unknown', failure };
    }
    case 'dropped':
      return { kind: 'unknown', failure: new Failure('unavailable', `${what}: connection lost`) };
    case 'hung':
      return { kind: 'unknown', failure: new Failure('timeout', `${what}: no answer in time`) };
  }
}

function describe({ operation, target }: Call): string {
  return `${operation} of ${target}`;
}
