import { sleep } from '../../../local/azure/model/time.ts';
import { carryOut } from '../../../shared/service/carryOut.ts';
import type { Dependencies } from '../../../shared/service/dependencies.ts';
import { paced } from '../../../shared/service/pace.ts';
import type { LaterPass, PassMessage } from '../../../shared/service/queuePorts.ts';
import { tick } from '../../../shared/service/scheduler.ts';
import { type FleetWorld, MINUTE, queueSettings, START } from './world.ts';

/** How often an empty queue is looked into. */
const POLL_MS = 100;

/** A timer, a queue, and instances that take from it as host.json says. */
export class FleetPlatform {
  passes = 0;
  readonly #world: FleetWorld;
  readonly #instances: readonly Dependencies[];
  /** By the time at which they can be seen, soonest last. */
  #queue: { readonly message: PassMessage; readonly visibleAt: number }[] = [];
  /** Told when a tick has put its messages. */
  onEnqueued: () => void = () => {};

  constructor(world: FleetWorld) {
    this.#world = world;
    const later = { put: async (passes: readonly LaterPass[]) => this.#put(passes) };
    this.#instances = Array.from({ length: world.options.instances }, () => ({
      ...world.instance(),
      later,
    }));
  }

  /** Runs until `isOver`, looked at with every tick, or throws at the limit (ms). */
  async run(isOver: () => boolean, limitMs: number): Promise<void> {
    const { time } = this.#world;
    let stopped = false;
    const workers = this.#instances.map((dependencies) => this.#work(dependencies, () => stopped));
    const [first] = this.#instances;
    while (!isOver()) {
      if (time.now() - START > limitMs) throw new Error('the fleet did not get there in time');
      if (first) await this.#tick(first);
      await sleep(time, MINUTE - ((time.now() - START) % MINUTE));
    }
    stopped = true;
    await Promise.all(workers);
  }

  async #tick(dependencies: Dependencies): Promise<void> {
    await tick(dependencies, {
      enqueue: async (messages, delaysMs) => {
        const { now, later } = paced(messages, delaysMs);
        this.#put([...now.map((message) => ({ message, delayMs: 0 })), ...later]);
        this.onEnqueued();
      },
    });
  }

  #put(passes: readonly LaterPass[]): void {
    const now = this.#world.time.now();
    for (const { message, delayMs } of passes) {
      // Whole seconds, as the queue has it.
      const visibleAt = now + Math.round(delayMs / 1000) * 1000;
      this.#queue.push({ message, visibleAt });
    }
    this.#queue.sort((a, b) => b.visibleAt - a.visibleAt);
  }

  /** As the host's queue listener: a batch at once, the next when few enough are left. */
  async #work(dependencies: Dependencies, isStopped: () => boolean): Promise<void> {
    const { batchSize, newBatchThreshold } = queueSettings();
    const { time } = this.#world;
    const running = new Set<Promise<unknown>>();
    while (!isStopped()) {
      if (running.size > newBatchThreshold) {
        await Promise.race(running);
        continue;
      }
      const batch = this.#take(batchSize);
      for (const message of batch) {
        this.passes += 1;
        const pass: Promise<unknown> = carryOut(message, dependencies).finally(() =>
          running.delete(pass),
        );
        running.add(pass);
      }
      await sleep(time, batch.length > 0 ? 10 : POLL_MS);
    }
    await Promise.all(running);
  }

  #take(count: number): PassMessage[] {
    const now = this.#world.time.now();
    const batch: PassMessage[] = [];
    while (batch.length < count && (this.#queue.at(-1)?.visibleAt ?? Infinity) <= now) {
      const taken = this.#queue.pop();
      if (taken) batch.push(taken.message);
    }
    return batch;
  }
}
