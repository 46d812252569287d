import { sleep } from '../../../local/azure/model/time.ts';
import type { Slot } from '../../../shared/core/slots.ts';
import type { Dependencies } from '../../../shared/service/dependencies.ts';
import type { Key } from '../../../shared/service/key.ts';
import { MINUTE } from '../units.ts';
import type { World } from '../world.ts';
import { Baseline, periodMsOf, runJob, setUpSecrets } from './baseline.ts';
import { changed, repeated, WITHOUT_DEADLINE } from './retries.ts';

/** A pipeline runs a job that failed again, so often and after so long. */
const RERUNS = 2;
const RERUN_AFTER_MS = 15 * MINUTE;

/** What a script does between two waits. */
type Stage = (dependencies: Dependencies) => Promise<void>;

/** How a script is run. */
interface Style {
  /** How long it waits for apps to take the other key. */
  readonly waitMs: (account: string) => number;
  /**
   * Whether each stage is a job of its own, which is run again alone when it fails, with the waits
   * between the jobs. Otherwise it is one job, which waits itself and is run again from its beginning.
   */
  readonly inStages: boolean;
}

/**
 * The scripted form of what the documentation tells people to do by hand: publish key 2, wait, regenerate
 * key 1, publish it, wait, regenerate key 2. A pipeline runs it once a period, never twice at a time, and
 * again when it fails; the SDKs repeat what fails.
 */
export class Script extends Baseline {
  readonly #style: Style;
  readonly #runs = new Map<string, Promise<void>>();
  readonly #waiting = new Set<string>();

  constructor(world: World, style: Style) {
    super(world);
    this.#style = style;
  }

  start(): void {
    setUpSecrets(this.world, () => ({ tags: {} }));
    for (const { name } of this.world.scenario.accounts) this.#scheduleNext(name);
  }

  /** One run after the other; of those that wait for it one is enough. */
  protected rotate(account: string): void {
    if (this.#waiting.has(account)) return;
    this.#waiting.add(account);
    const before = this.#runs.get(account) ?? Promise.resolve();
    const run = before.then(() => {
      this.#waiting.delete(account);
      return this.#pipeline(account);
    });
    this.#runs.set(account, run);
  }

  #scheduleNext(account: string): void {
    this.world.later(periodMsOf(this.world, account), () => {
      if (!this.world.knows(account)) return;
      this.rotate(account);
      this.#scheduleNext(account);
    });
  }

  async #pipeline(account: string): Promise<void> {
    const { inStages } = this.#style;
    const stages = this.#stages(account);
    const jobs = inStages
      ? stages
      : [(with_: Dependencies) => this.#inTurn(account, stages, with_)];
    for (const [index, job] of jobs.entries()) {
      if (index > 0) await this.#wait(account);
      if (!(await this.#runUntilDone(job))) return;
    }
  }

  /** False: it failed for good, until the pipeline's next run. */
  async #runUntilDone(job: Stage): Promise<boolean> {
    for (let run = 0; run <= RERUNS; run++) {
      if (run > 0) await sleep(this.world.time, RERUN_AFTER_MS);
      if (await runJob(this.world, job)) return true;
    }
    return false;
  }

  async #inTurn(account: string, stages: readonly Stage[], dependencies: Dependencies) {
    for (const [index, stage] of stages.entries()) {
      if (index > 0) await this.#wait(account);
      await stage(dependencies);
    }
  }

  #wait(account: string): Promise<void> {
    return sleep(this.world.time, this.#style.waitMs(account));
  }

  #stages(account: string): Stage[] {
    const { time } = this.world;
    const id = this.world.idOf(account);
    const ref = { vaultUrl: this.world.vaultOf(account).url, name: `${account}-key` };
    const publish = (value: Key, { secrets }: Dependencies) => {
      const version = { value, tags: {}, expiresAt: WITHOUT_DEADLINE };
      return changed(time, () => secrets.publish(ref, version, WITHOUT_DEADLINE));
    };
    const regenerate = (slot: Slot, { accounts }: Dependencies) =>
      changed(time, () => accounts.regenerateKey(id, slot, WITHOUT_DEADLINE));
    return [
      async (dependencies) => {
        const { Key2 } = await repeated(time, () => dependencies.accounts.listKeys(id));
        await publish(Key2, dependencies);
      },
      async (dependencies) => {
        const { Key1 } = await regenerate('Key1', dependencies);
        await publish(Key1, dependencies);
      },
      async (dependencies) => {
        await regenerate('Key2', dependencies);
      },
    ];
  }
}
