import { sleep } from '../../../local/azure/model/time.ts';
import type { Slot } from '../../../shared/core/slots.ts';
import type { Dependencies } from '../../../shared/service/dependencies.ts';
import type { Key } from '../../../shared/service/key.ts';
import { HOUR, MINUTE } from '../units.ts';
import type { World } from '../world.ts';
import { type Baseline, periodMsOf, runJob, setUpSecrets } from './baseline.ts';
import { changed, repeated, WITHOUT_DEADLINE } from './retries.ts';

/** How long the script waits for apps to take the other key. */
const WAIT_MS = HOUR;
/** A pipeline runs a job that failed again, so often and after so long. */
const RERUNS = 2;
const RERUN_AFTER_MS = 15 * MINUTE;

/**
 * The scripted form of what the documentation tells people to do by hand: publish key 2, wait, regenerate
 * key 1, publish it, wait, regenerate key 2. A pipeline runs it once a period, and again from its beginning
 * when it fails; the SDKs repeat what fails.
 */
export class Script implements Baseline {
  rotations = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    setUpSecrets(this.#world, () => ({ tags: {} }));
    for (const { name } of this.#world.scenario.accounts) this.#scheduleNext(name);
  }

  rotate(account: string): void {
    void this.#pipeline(account);
  }

  #scheduleNext(account: string): void {
    const { time } = this.#world;
    if (!this.#world.knows(account)) return;
    time.schedule(time.now() + periodMsOf(this.#world, account), () => {
      void this.#pipeline(account);
      this.#scheduleNext(account);
    });
  }

  async #pipeline(account: string): Promise<void> {
    const { time } = this.#world;
    for (let run = 0; run <= RERUNS; run++) {
      if (await runJob(this.#world, (dependencies) => this.#rotate(account, dependencies))) return;
      await sleep(time, RERUN_AFTER_MS);
    }
  }

  async #rotate(account: string, { secrets, accounts }: Dependencies): Promise<void> {
    const { time, vault } = this.#world;
    const id = this.#world.idOf(account);
    const ref = { vaultUrl: vault.url, name: `${account}-key` };
    const publish = (value: Key) => {
      const version = { value, tags: {}, expiresAt: WITHOUT_DEADLINE };
      return changed(time, () => secrets.publish(ref, version, WITHOUT_DEADLINE));
    };
    const regenerate = (slot: Slot) =>
      changed(time, () => accounts.regenerateKey(id, slot, WITHOUT_DEADLINE));
    const { Key2 } = await repeated(time, () => accounts.listKeys(id));
    await publish(Key2);
    await sleep(time, WAIT_MS);
    const { Key1 } = await regenerate('Key1');
    await publish(Key1);
    await sleep(time, WAIT_MS);
    await regenerate('Key2');
    this.rotations += 1;
  }
}
