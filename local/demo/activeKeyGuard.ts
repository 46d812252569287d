import type { AzureModel } from '../azure/model/azure-model.ts';
import { keySlots } from '../azure/model/key-ring.ts';
import type { Vault } from '../azure/model/vault.ts';

/** An account, and the secret that holds its active key. */
export interface GuardedAccount {
  id: string;
  name: string;
  secretName: string;
}

/**
 * Watches, inside the simulated Azure and independently of the service, what must never happen:
 * after every regenerate the newest version of each secret must still hold a living key.
 */
export class ActiveKeyGuard {
  /** A line for each time that an active key was found dead. */
  readonly violations: string[] = [];
  readonly #model: AzureModel;
  readonly #vault: Vault;
  readonly #accounts: readonly GuardedAccount[];

  constructor(model: AzureModel, vault: Vault, accounts: readonly GuardedAccount[]) {
    this.#model = model;
    this.#vault = vault;
    this.#accounts = accounts;
    void this.#watch();
  }

  /** Waits on the simulated Azure alone, and so ends with it. */
  async #watch(): Promise<never> {
    for (;;) {
      const call = await this.#model.log.next({ service: 'arm', operation: 'regenerateKey' });
      for (const account of this.#accounts) this.#inspect(account, call.at);
    }
  }

  #inspect({ id, name, secretName }: GuardedAccount, at: number): void {
    const active = this.#vault.peek(secretName).at(-1)?.value;
    if (active === undefined) return;
    const { keys } = this.#model.accounts.get(id);
    if (keySlots.some((slot) => keys.value(slot) === active)) return;
    this.violations.push(
      `${name}: the active key was regenerated at ${new Date(at).toISOString()}`,
    );
  }
}
