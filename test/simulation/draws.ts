import type { Call } from '../../local/azure/model/call.ts';
import type { Verdict } from '../../local/azure/model/faults.ts';
import { hashed, hashOf, uniform, uniformOf } from './dice.ts';
import type { Weights } from './themes.ts';
import { HOUR, MINUTE, SECOND } from './units.ts';

/** A fault that struck; its name finds it again in another run of the same scenario. */
export interface Strike {
  readonly name: string;
  readonly at: number;
  readonly what: string;
}

/** What becomes of a call to the service's own storage. */
export type StorageFault =
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'refused' }
  /** It happens, and the caller is not told. */
  | { readonly kind: 'answerLost' }
  /** It happens later, when the caller was told that it failed. */
  | { readonly kind: 'late'; readonly ms: number };

/** What happens at one of an instance's awaits. */
export type Mishap =
  | { readonly kind: 'crash'; readonly restartMs: number }
  | { readonly kind: 'stall'; readonly ms: number }
  /** A person does something to the account at this very moment. */
  | { readonly kind: 'hand' };

/** What becomes of a message or an event on its way. */
export type Passage = 'lost' | 'twice' | { readonly lateMs: number } | undefined;

/** How many times a place was come to, and the hash that its name begins with. */
interface Place {
  readonly text: string;
  readonly hash: number;
  count: number;
}

const UNHARMED: Verdict = { latencyMs: 0, fault: undefined };

/** Chances of a call on an ordinary day, before the scenario's factor. */
const CALL_FAULTS = [
  ['latency', 0.02],
  ['error', 0.006],
  ['throttled', 0.004],
  ['drop', 0.004],
  ['loseResponse', 0.006],
  ['lateEffect', 0.003],
] as const;
/** A replica may be behind for a while after a change; it comes after the others. */
const READ_FAULTS = [...CALL_FAULTS, ['staleRead', 0.004]] as const;
/** The same for a call that changes a key, a secret or the switch; it comes before the others. */
const CHANGE_FAULTS = [
  ['lateChange', 0.003],
  ['dropChange', 0.001],
  ['loseChange', 0.001],
] as const;

/** Calls that change a key or a secret, or end key authentication. */
export const CHANGES: readonly string[] = ['regenerateKey', 'setSecret', 'updateAccount'];
const STORAGE_FAULTS = [
  ['slow', 0.006],
  ['refused', 0.003],
  ['answerLost', 0.002],
  ['late', 0.001],
] as const;
/** The same where several messages are put one after the other. */
const QUEUE_FAULTS = [
  ['refused', 0.003],
  ['answerLost', 0.002],
] as const;
const MISHAPS = [
  ['crash', 0.0015],
  ['stall', 0.0008],
  ['hand', 0.0001],
] as const;
const PASSAGES = [
  ['lost', 0.03],
  ['twice', 0.05],
  ['late', 0.08],
] as const;

/** Changes leave doubt; an effect comes no later than the quarantine allows for. */
const LATEST_EFFECT_MS = 8 * MINUTE;
/** No kind of fault strikes more often than this, however bad the hours, unless it is the world's theme. */
const LIKELIEST = 0.07;
const LIKELIEST_OF_THEME = 0.3;
/** How much likelier faults are in bad hours. */
const BAD_HOURS_FACTOR = 12;

/** What the faults of a world depend on. */
export interface DrawsOptions {
  readonly seed: number;
  /** How many times as likely as usual all of them are. */
  readonly factor: number;
  readonly weights: Weights;
  readonly now: () => number;
  /** Whether a fault that would strike does. */
  readonly kept?: ((name: string) => boolean) | undefined;
  /** Says itself what strikes at a place, of the kinds that may: nothing is drawn then. */
  readonly choose?: Choose | undefined;
}

/** Picks one of the kinds of faults that may strike at a place; undefined: none does. */
export type Choose = <K extends string>(place: string, kinds: readonly K[]) => K | undefined;

/**
 * All faults of single calls, each drawn from the seed by the name of its place: who calls what for the
 * how-manieth time. Leaving some out does not move the others, so that a failing run can be shrunk.
 */
export class Draws {
  readonly struck: Strike[] = [];
  /** How many times as likely as usual. */
  factor: number;
  inBadHours = false;
  /** Before this time no further change ends in doubt of the world's theme. */
  nextDoubtAt = 0;
  readonly #seed: number;
  readonly #weights: Weights;
  readonly #now: () => number;
  readonly #kept: ((name: string) => boolean) | undefined;
  readonly #choose: Choose | undefined;
  readonly #places = new Map<string, Place>();

  constructor({ seed, factor, weights, now, kept, choose }: DrawsOptions) {
    this.#seed = seed;
    this.factor = factor;
    this.#weights = weights;
    this.#now = now;
    this.#kept = kept;
    this.#choose = choose;
  }

  /** A call to the simulated Azure by an instance of the service; `mayBeStale`: a read of what changed just now. */
  ofService(caller: string, call: Call, mayBeStale: boolean): Verdict {
    const place = this.#comeTo(`${caller} ${call.operation} ${call.target}`);
    const changes = CHANGES.includes(call.operation) && this.#now() >= this.nextDoubtAt;
    const change = changes ? this.#draw(place, CHANGE_FAULTS) : undefined;
    const fault = change ?? this.#draw(place, mayBeStale ? READ_FAULTS : CALL_FAULTS);
    if (fault === undefined) return UNHARMED;
    const share = this.#howMuch(place);
    switch (fault) {
      case 'latency':
        return { latencyMs: Math.ceil(share * 40 * SECOND), fault: undefined };
      case 'error':
        return { latencyMs: 0, fault: { kind: 'status', status: share < 0.7 ? 503 : 500 } };
      case 'throttled': {
        const retryAfterSeconds = Math.ceil(share * 600);
        return { latencyMs: 0, fault: { kind: 'status', status: 429, retryAfterSeconds } };
      }
      case 'lateChange':
      case 'lateEffect': {
        const afterMs = Math.ceil(share * LATEST_EFFECT_MS);
        return { latencyMs: 0, fault: { kind: 'lateEffect', afterMs } };
      }
      case 'drop':
      case 'dropChange':
        return { latencyMs: 0, fault: { kind: 'drop' } };
      case 'loseResponse':
      case 'loseChange':
        return { latencyMs: 0, fault: { kind: 'loseResponse' } };
      case 'staleRead':
        return { latencyMs: 0, fault: { kind: 'staleRead' } };
    }
  }

  /** A read of the vault by an app. */
  ofApp(caller: string, call: Call, mayBeStale: boolean): Verdict {
    const verdict = this.ofService(caller, call, mayBeStale);
    const { fault } = verdict;
    return fault?.kind === 'lateEffect' ? { ...verdict, fault: { kind: 'drop' } } : verdict;
  }

  /** A call to the service's storage. */
  ofStorage(caller: string, operation: string): StorageFault | undefined {
    const place = this.#comeTo(`${caller} ${operation}`);
    const kind = this.#draw(place, STORAGE_FAULTS);
    if (kind === undefined) return undefined;
    const ms = Math.ceil(this.#howMuch(place) * 90 * SECOND);
    return kind === 'slow' || kind === 'late' ? { kind, ms } : { kind };
  }

  /** Messages that are put on the queue. */
  ofQueue(caller: string, operation: string): 'refused' | 'answerLost' | undefined {
    return this.#draw(this.#comeTo(`${caller} ${operation}`), QUEUE_FAULTS);
  }

  /** An instance before or after any of its calls. */
  ofInstance(caller: string, where: string): Mishap | undefined {
    const place = this.#comeTo(`${caller} at ${where}`);
    const kind = this.#draw(place, MISHAPS);
    if (kind === undefined) return undefined;
    const share = this.#howMuch(place);
    if (kind === 'crash') return { kind, restartMs: Math.ceil(share * 20 * MINUTE) };
    if (kind === 'stall') return { kind, ms: Math.ceil(share ** 4 * 3 * HOUR) };
    return { kind };
  }

  /** A queue message, or an event to one app. */
  ofPassage(what: string, longestMs: number): Passage {
    const place = this.#comeTo(what);
    const kind = this.#draw(place, PASSAGES);
    if (kind !== 'late') return kind;
    return { lateMs: Math.ceil(this.#howMuch(place) * longestMs) };
  }

  /** Notes that something which has a name of its own happens now, unless it is left out. */
  strikes(name: string, what: string): boolean {
    if (this.#kept?.(name) === false) return false;
    this.struck.push({ name, at: this.#now(), what });
    return true;
  }

  /** A share from 0 to 1 that belongs to a name, and is no fault. */
  share(name: string): number {
    return uniform(this.#seed, name);
  }

  /** Anything else that has two outcomes. */
  chance(what: string, probability: number): boolean {
    return this.#draw(this.#comeTo(what), [['so', probability]]) !== undefined;
  }

  /** The place of a name, once more; its hash is made once, as the same places are come to again and again. */
  #comeTo(text: string): Place {
    let place = this.#places.get(text);
    if (!place) {
      place = { text, hash: hashed(hashOf(this.#seed), `${text} #`), count: 0 };
      this.#places.set(text, place);
    }
    place.count += 1;
    return place;
  }

  /** How hard a fault strikes, from 0 to 1. */
  #howMuch(place: Place): number {
    return uniform(this.#seed, `${nameOf(place)} how`);
  }

  #draw<K extends string>(place: Place, chances: readonly (readonly [K, number])[]): K | undefined {
    if (this.#choose) {
      const kinds = chances.map(([kind]) => kind);
      const chosen = this.#choose(nameOf(place), kinds);
      if (chosen !== undefined) this.#note(place, chosen);
      return chosen;
    }
    const factor = this.factor * (this.inBadHours ? BAD_HOURS_FACTOR : 1);
    if (factor === 0) return undefined;
    let left = uniformOf(hashed(place.hash, String(place.count)));
    for (const [kind, chance] of chances) {
      const weight = this.#weights[kind];
      const limit = weight === undefined ? LIKELIEST : LIKELIEST_OF_THEME;
      left -= Math.min(limit, chance * factor * (weight ?? 1));
      if (left >= 0) continue;
      if (this.#kept && !this.#kept(nameOf(place))) return undefined;
      this.#note(place, kind);
      return kind;
    }
    return undefined;
  }

  #note(place: Place, what: string): void {
    this.struck.push({ name: nameOf(place), at: this.#now(), what });
  }
}

/** The name of the time at which it is come to now. */
function nameOf({ text, count }: Place): string {
  return `${text} #${count}`;
}
