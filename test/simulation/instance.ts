import { inProcessPorts } from '../../local/azure/in-process/ports.ts';
import type { AzureModel } from '../../local/azure/model/azure-model.ts';
import type { Call } from '../../local/azure/model/call.ts';
import { sleep } from '../../local/azure/model/time.ts';
import { Failure } from '../../shared/core/failures.ts';
import type { RotationRecord } from '../../shared/core/record.ts';
import type { Dependencies, Deployment } from '../../shared/service/dependencies.ts';
import type { Telemetry } from '../../shared/service/ports.ts';
import type { Records } from '../../shared/service/recordPorts.ts';
import type { Statuses } from '../../shared/service/statusPorts.ts';
import { conductorOf } from './conductor.ts';
import type { Draws } from './draws.ts';
import type { Looks } from './oracle.ts';
import type { InstancePlan } from './scenario.ts';
import { SECOND } from './units.ts';

/** What all instances share. */
export interface Surroundings {
  readonly model: AzureModel;
  readonly records: Records;
  readonly statuses: Statuses;
  readonly draws: Draws;
  readonly deployment: Deployment;
  readonly listedIds: readonly string[];
  /** In which accounts are found by their tags. */
  readonly subscriptionIds: readonly string[];
  readonly telemetry: Telemetry;
  readonly ids: { next(): string };
  /** Whether the service's storage answers at all. */
  readonly storageIsAway: () => boolean;
  readonly onCrash: (instance: string, place: string) => void;
  /** A person acts at this moment, on whatever account. */
  readonly onHand: () => void;
  /** A call goes out that may take effect, at `dueAt`; `looks` are those of one invocation. */
  readonly onSend: (looks: Looks, call: Call, dueAt: number) => void;
  /** A method of the records is called, to read or to write. */
  readonly onRecords: (method: string, args: readonly unknown[]) => void;
  /** A record was written. */
  readonly onWrite: (looks: Looks, record: RotationRecord) => void;
}

/** From a start of an instance to its death. */
class Life {
  isOver = false;
  stop = () => {};
  readonly end = new Promise<'died'>((resolve) => {
    this.stop = () => {
      this.isOver = true;
      resolve('died');
    };
  });
}

/** What a dead process waits for. A new one each time: a shared one would keep all that ever waited. */
function forEver(): Promise<never> {
  return new Promise(() => {});
}

/**
 * An instance of the service: a clock of its own, and a way to die or stand still at any of its
 * awaits. What was begun before a death goes on nowhere; what was sent before it may still take effect.
 */
export class Instance {
  readonly name: string;
  readonly #plan: InstancePlan;
  readonly #around: Surroundings;
  #life = new Life();
  #awakeAt = 0;

  constructor(plan: InstancePlan, around: Surroundings) {
    this.name = plan.name;
    this.#plan = plan;
    this.#around = around;
  }

  get isUp(): boolean {
    return this.#around.model.time.now() >= this.#awakeAt;
  }

  /** Dies where it stands and is back after a while. */
  crash(restartMs: number, place: string): void {
    this.#awakeAt = this.#around.model.time.now() + restartMs;
    this.#life.stop();
    this.#life = new Life();
    this.#around.onCrash(this.name, place);
  }

  /** Runs work of one invocation; `died` if the instance does so before it ends. */
  async run<T>(work: (dependencies: Dependencies) => Promise<T>): Promise<T | 'died'> {
    const life = this.#life;
    return Promise.race([work(this.#dependencies(life)), life.end]);
  }

  #dependencies(life: Life): Dependencies {
    const { model, deployment, listedIds, subscriptionIds, records, statuses } = this.#around;
    const { draws, onSend, onRecords, onWrite, telemetry, ids } = this.#around;
    const looks: Looks = new Map();
    const conductor = conductorOf(
      model,
      (call, mayBeStale) => draws.ofService(this.name, call, mayBeStale),
      (call, dueAt) => onSend(looks, call, dueAt),
    );
    const clock = { now: () => model.time.now() + this.#plan.skewMs };
    const ports = inProcessPorts(model, {
      callTimeoutMs: deployment.timing.callTimeoutMs,
      listedIds,
      subscriptionIds,
      conductor,
      clock,
    });
    return {
      deployment,
      clock,
      ids,
      telemetry,
      accounts: this.#mortal('accounts', ports.accounts, life),
      secrets: this.#mortal('secrets', ports.secrets, life),
      events: this.#mortal('events', ports.events, life),
      prober: this.#mortal('prober', ports.prober, life),
      records: this.#mortal(
        'records',
        this.#onStorage(
          'records',
          noting(records, (method, args) => {
            onRecords(method, args);
            if (method === 'write') onWrite(looks, args[0] as RotationRecord);
          }),
        ),
        life,
      ),
      statuses: this.#mortal('statuses', this.#onStorage('statuses', statuses), life),
    };
  }

  /** Every await of a port's method is a place to die or to stand still at. */
  #mortal<T extends object>(name: string, port: T, life: Life): T {
    return wrapped(port, (method, proceed) => async () => {
      const held = this.#mishap(`${name}.${method} begins`, life);
      if (held !== undefined) await held;
      const answer = await proceed();
      const heldAfter = this.#mishap(`${name}.${method} ended`, life);
      if (heldAfter !== undefined) await heldAfter;
      return answer;
    });
  }

  /** What whoever is at this place waits for; undefined: it goes on at once. */
  #mishap(place: string, life: Life): Promise<void> | undefined {
    if (life.isOver) return forEver();
    const mishap = this.#around.draws.ofInstance(this.name, place);
    if (mishap?.kind === 'crash') this.crash(mishap.restartMs, place);
    if (mishap?.kind === 'hand') this.#around.onHand();
    if (mishap?.kind === 'stall') return this.#standStill(mishap.ms, life);
    return life.isOver ? forEver() : undefined;
  }

  async #standStill(ms: number, life: Life): Promise<void> {
    await sleep(this.#around.model.time, ms);
    if (life.isOver) await forEver();
  }

  #onStorage<T extends object>(name: string, port: T): T {
    const { draws, model, storageIsAway } = this.#around;
    return wrapped(port, (method, proceed) => async () => {
      const what = `${name}.${method}`;
      if (storageIsAway()) throw new Failure('unavailable', `${what}: storage does not answer`);
      const fault = draws.ofStorage(this.name, what);
      switch (fault?.kind) {
        case 'refused':
          throw new Failure('unavailable', `${what}: 503`);
        case 'answerLost':
          await proceed();
          throw new Failure('unavailable', `${what}: connection lost`);
        case 'late':
          model.time.schedule(model.time.now() + fault.ms, () => void proceed());
          await sleep(model.time, 30 * SECOND);
          throw new Failure('timeout', `${what}: no answer in time`);
        case 'slow':
          await sleep(model.time, fault.ms);
          return proceed();
        default:
          return proceed();
      }
    });
  }
}

/** Records that tell of how they are called. */
function noting(
  records: Records,
  onCall: (method: string, args: readonly unknown[]) => void,
): Records {
  return wrapped(records, (method, proceed, args) => () => {
    onCall(method, args);
    return proceed();
  });
}

type Around = (
  method: string,
  proceed: () => Promise<unknown>,
  args: readonly unknown[],
) => () => Promise<unknown>;

/** A port whose methods go through `around`, streams before they begin; plain values are left as they are. */
function wrapped<T extends object>(port: T, around: Around): T {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      const method = String(property);
      return (...args: unknown[]) => {
        const call = () => member.apply(target, args) as unknown;
        return STREAMS.has(method)
          ? streamed(
              around(method, async () => {}, args),
              call as () => AsyncIterable<unknown>,
            )
          : around(method, async () => call(), args)();
      };
    },
  });
}

/** A stream that is asked for when `begin` is through, and fails where that does. */
async function* streamed(
  begin: () => Promise<unknown>,
  open: () => AsyncIterable<unknown>,
): AsyncGenerator<unknown> {
  await begin();
  yield* open();
}

const STREAMS = new Set(['discover', 'list', 'scheduled', 'seenIn', 'lookedAtSince']);
