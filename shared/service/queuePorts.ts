/** How passes get to workers, and when: duties as in `ports.ts`. */
import type { Admission } from '../core/observation.ts';
import type { PacedPass } from '../core/pacing.ts';
import type { QuotaPurpose } from '../core/quota.ts';

/** A pass to be carried out. */
export interface PassMessage {
  readonly accountId: string;
  /** What the tick said about starts; not there where something else brought the pass about. */
  readonly start?: Admission;
  /** Epoch ms: by then the account is due again, and another message is sent. Not there: somebody asked for the pass. */
  readonly notAfter?: number;
}

/**
 * Whether somebody asked for the pass, a person or one of Azure's own events. Such passes have a queue of their
 * own, so that none of them waits behind a fleet that is due.
 */
export function isAsked({ notAfter }: PassMessage): boolean {
  return notAfter === undefined;
}

/** The name of that queue, beside the one of what ticks send. */
export function askedQueueOf(name: string): string {
  return `${name}-asked`;
}

/** Where passes are put for workers to carry out. */
export interface PassQueue {
  /**
   * Puts these messages; none of them may be lost in silence. `delaysMs`, in the same order: how far each
   * should be put off; without it, all go out at once.
   */
  enqueue(messages: readonly PassMessage[], delaysMs?: readonly number[]): Promise<void>;
}

/** What a pass's calls are counted for. */
export interface PassPlace {
  readonly subscriptionId: string;
  readonly vaultUrl: string;
}

/** What is left of Azure's limits, as far as this instance can tell. */
export interface Quota {
  /**
   * Resolves when there is room for the calls of a pass, after a short wait at most. Throws a `Failure` of
   * kind `throttled` that says when to come back. A pass that could `start` a rotation leaves room to those
   * that `finish` one; with `call` it is about the next call alone.
   */
  admit(place: PassPlace, purpose: QuotaPurpose): Promise<void>;
  /**
   * How far these passes should be put off (ms, in the same order) for the limits to bear them; Infinity for
   * those that they do not bear within so many ms.
   */
  delaysMs(passes: readonly PacedPass[], withinMs: number): number[];
}

/** A message on the queue of passes that nobody sees before its time. */
export interface LaterPass {
  readonly message: PassMessage;
  readonly delayMs: number;
}

/** Puts passes off by less than it takes until they are looked for again. */
export interface LaterPasses {
  /** Resolves when all are on the queue. */
  put(passes: readonly LaterPass[]): Promise<void>;
}
