import { hasLeft } from '../../shared/azure/claims.ts';
import type { AccountStatus, Statuses, Tick } from '../../shared/service/ports.ts';

/** Statuses in memory, with the same promises as the ones in tables, for simulation and tests. */
export class MemoryStatuses implements Statuses {
  readonly #statuses = new Map<string, AccountStatus>();
  readonly #owners = new Map<string, string>();
  #tick: Tick = { at: null, discoveredAt: null };

  async put(status: AccountStatus): Promise<void> {
    this.#statuses.set(status.accountId, { ...status });
  }

  async get(accountId: string): Promise<AccountStatus | null> {
    const status = this.#statuses.get(accountId);
    return status ? { ...status } : null;
  }

  async *list(): AsyncGenerator<AccountStatus> {
    for (const status of [...this.#statuses.values()]) yield { ...status };
  }

  async setNextCheck(accountId: string, at: number): Promise<void> {
    const status = await this.get(accountId);
    if (status) await this.put({ ...status, nextCheckAt: at });
  }

  async claimSecret(secretUrl: string, accountId: string): Promise<string> {
    const owner = this.#ownerOf(secretUrl, accountId);
    this.#owners.set(secretUrl, owner);
    return owner;
  }

  async secretOwner(secretUrl: string, accountId: string): Promise<string> {
    return this.#ownerOf(secretUrl, accountId);
  }

  #ownerOf(secretUrl: string, accountId: string): string {
    const owner = this.#owners.get(secretUrl);
    if (owner === undefined || owner === accountId) return accountId;
    return hasLeft(this.#statuses.get(owner), secretUrl) ? accountId : owner;
  }

  async readTick(): Promise<Tick> {
    return this.#tick;
  }

  async writeTick(tick: Tick): Promise<void> {
    this.#tick = { ...tick };
  }
}
