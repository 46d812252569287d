import type { TimeSource } from '../../local/azure/model/time.ts';
import type { MemoryStatuses } from '../../local/memory/statuses.ts';
import { Failure } from '../../shared/core/failures.ts';
import { carryOut } from '../../shared/service/carryOut.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import type { PassMessage, PassQueue } from '../../shared/service/queuePorts.ts';
import { tick } from '../../shared/service/scheduler.ts';
import { uniform } from './dice.ts';
import type { Draws } from './draws.ts';
import type { Instance } from './instance.ts';
import { HOUR, MINUTE, SECOND } from './units.ts';

/** What the platform needs to know. */
export interface PlatformOptions {
  readonly time: TimeSource;
  readonly instances: readonly Instance[];
  readonly draws: Draws;
  readonly statuses: Pick<MemoryStatuses, 'nextDueAt'>;
  readonly tickMs: number;
  readonly discoverEveryMs: number;
  readonly seed: number;
  /** Messages are put on the queue. */
  readonly onPut: (messages: readonly PassMessage[]) => void;
  /** The queue is in the service's storage. */
  readonly storageIsAway: () => boolean;
  /** What is thrown that is no failure of a call is a defect. */
  readonly onDefect: (error: unknown) => void;
}

/** A message is hidden for so long while nobody says that it is done with. */
const HIDDEN_MS = 10 * MINUTE;
const DEQUEUE_LIMIT = 5;

/** The Functions platform: a timer, a queue, and instances that take what is there. */
export class Platform {
  timerIsAway = false;
  passes = 0;
  readonly #options: PlatformOptions;
  #cancelTick = () => {};
  #tickAt = Number.POSITIVE_INFINITY;
  #calls = 0;
  #stopped = false;

  constructor(options: PlatformOptions) {
    this.#options = options;
  }

  start(): void {
    this.reschedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTick();
  }

  /** An instance that is up, as the load balancer would take it; undefined when all are down. */
  anyInstance(): Instance | undefined {
    const up = this.#options.instances.filter(({ isUp }) => isUp);
    this.#calls += 1;
    return up[Math.floor(uniform(this.#options.seed, `call ${this.#calls}`) * up.length)];
  }

  /** The queue as an invocation on this instance sees it: putting may fail, of several messages half-way. */
  queueOf({ name }: Instance): PassQueue {
    return { enqueue: async (messages) => this.#put(name, messages) };
  }

  #put(instance: string, messages: readonly PassMessage[]): void {
    const { draws, storageIsAway, onPut } = this.#options;
    onPut(messages);
    const what = 'queue.enqueue';
    const fault = storageIsAway() ? 'refused' : draws.ofQueue(instance, what);
    if (fault === 'refused') throw new Failure('unavailable', `${what}: 503`);
    const share = draws.share(`${instance} ${what} at ${this.#options.time.now()}`);
    const through = fault === undefined ? messages.length : Math.round(share * messages.length);
    this.#deliver(messages.slice(0, through));
    if (fault) throw new Failure('unavailable', `${what}: connection lost`);
  }

  /** A message for each account is on the queue; some get lost, come twice, or late. */
  #deliver(messages: readonly PassMessage[]): void {
    for (const message of messages) {
      const what = `message to ${message.accountId}`;
      const passage = this.#options.draws.ofPassage(what, HOUR);
      if (passage === 'lost') continue;
      if (passage === 'twice') this.#deliverIn(2 * SECOND, message, 1);
      const lateMs = typeof passage === 'object' ? passage.lateMs : 0;
      this.#deliverIn(lateMs + 200, message, 1);
    }
  }

  /** Finds the next tick that has something to do. Ticks between do nothing and are left out. */
  reschedule(): void {
    const { statuses, time, tickMs, discoverEveryMs } = this.#options;
    if (this.#stopped) return;
    const earliest = Math.max(time.now() + 1, statuses.nextDueAt(discoverEveryMs));
    const at = Math.ceil(earliest / tickMs) * tickMs;
    if (at === this.#tickAt) return;
    this.#cancelTick();
    this.#tickAt = at;
    this.#cancelTick = time.schedule(at, () => this.#tick());
  }

  #tick(): void {
    this.#tickAt = Number.POSITIVE_INFINITY;
    // Whatever this tick does not deal with, as its clock may be behind or its instance die, is due still.
    this.reschedule();
    if (this.timerIsAway) return;
    const times = this.#options.draws.chance('a timer that fires twice', 0.01) ? 2 : 1;
    for (let count = 0; count < times; count++) void this.invoke(tick);
  }

  #deliverIn(ms: number, message: PassMessage, attempt: number): void {
    const { time } = this.#options;
    time.schedule(time.now() + ms, () => void this.#take(message, attempt));
  }

  async #take(message: PassMessage, attempt: number): Promise<void> {
    if (this.#stopped) return;
    this.passes += 1;
    const end = await this.invoke((dependencies) => carryOut(message, dependencies));
    if (end === 'ended' || attempt === DEQUEUE_LIMIT) return;
    this.#deliverIn(HIDDEN_MS, message, attempt + 1);
  }

  /** An invocation on whatever instance is up; what it runs into is the platform's to deal with. */
  async invoke(
    work: (dependencies: Dependencies, queue: PassQueue) => Promise<unknown>,
  ): Promise<'ended' | 'failed'> {
    const instance = this.anyInstance();
    if (!instance || this.#stopped) return 'failed';
    const queue = this.queueOf(instance);
    try {
      const end = await instance.run((dependencies) => work(dependencies, queue));
      return end === 'died' ? 'failed' : 'ended';
    } catch (error) {
      if (!(error instanceof Failure)) this.#options.onDefect(error);
      return 'failed';
    }
  }
}
