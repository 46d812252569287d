import { hasLeft } from '../../shared/azure/claims.ts';
import { isWatched } from '../../shared/core/fleet/account.ts';
import type { BrakeState } from '../../shared/core/fleet/brakes.ts';
import type {
  AccountStatus,
  ScheduleChange,
  ScheduledAccount,
  Statuses,
  StoredBrake,
  Tick,
} from '../../shared/service/statusPorts.ts';

/** Its status says the same of the next look as the row: whoever has it cannot change it. */
interface Row extends ScheduledAccount {
  readonly seen: string | null;
}

/** Statuses in memory, with the same promises as the ones in tables, for simulation and tests. */
export class MemoryStatuses implements Statuses {
  readonly #rows = new Map<string, Row>();
  readonly #owners = new Map<string, string>();
  readonly #users = new Map<string, string>();
  readonly #brakes = new Map<string, StoredBrake>();
  #tick: Tick = { at: null, discoveredAt: null, missed: [] };
  #claimedUntil = 0;
  #etags = 0;

  async put(status: AccountStatus): Promise<void> {
    const { accountId, nextCheckAt } = status;
    const row = this.#rowOf(accountId);
    const workedAt = { ...row.status?.workedAt, ...status.workedAt };
    const merged = Object.freeze({ ...status, workedAt });
    this.#rows.set(accountId, { ...row, status: merged, nextCheckAt, asked: false });
  }

  async get(accountId: string): Promise<AccountStatus | null> {
    return this.#rows.get(accountId)?.status ?? null;
  }

  async *list(): AsyncGenerator<AccountStatus> {
    for (const { status } of [...this.#rows.values()]) if (status) yield status;
  }

  async *scheduled(now: number): AsyncGenerator<ScheduledAccount> {
    for (const row of [...this.#rows.values()]) {
      const { status, nextCheckAt, admittedUntil } = row;
      const isDue = nextCheckAt <= now || admittedUntil > now;
      if (isDue || (status && isWatched(status))) yield row;
    }
  }

  async *lookedAtSince(time: number): AsyncGenerator<AccountStatus> {
    for await (const status of this.list()) if (status.lookedAt >= time) yield status;
  }

  async *seenIn(subscriptionId: string) {
    for (const { accountId, seen } of [...this.#rows.values()]) {
      if (accountId.startsWith(`/subscriptions/${subscriptionId}/`)) yield { accountId, seen };
    }
  }

  async schedule(changes: readonly ScheduleChange[]): Promise<void> {
    for (const { accountId, ...change } of changes) {
      this.#change(accountId, change);
    }
  }

  async setNextCheck(accountId: string, at: number, asked?: 'asked'): Promise<void> {
    const row = this.#rows.get(accountId);
    if (!row) return;
    this.#change(accountId, { nextCheckAt: at, asked: row.asked || asked === 'asked' });
  }

  async claimSecret(secretUrl: string, accountId: string): Promise<string> {
    const owner = this.#ownerOf(secretUrl, accountId);
    this.#owners.set(secretUrl.toLowerCase(), owner);
    return owner;
  }

  async secretOwner(secretUrl: string, accountId: string): Promise<string> {
    return this.#ownerOf(secretUrl, accountId);
  }

  async secretUser(secretUrl: string): Promise<string | undefined> {
    const key = secretUrl.toLowerCase();
    return this.#users.get(key) ?? this.#owners.get(key);
  }

  async noteSecretUser(secretUrl: string, accountId: string): Promise<void> {
    this.#users.set(secretUrl.toLowerCase(), accountId);
  }

  async readTick(): Promise<Tick> {
    return this.#tick;
  }

  /** When a tick has something to do next (epoch ms): a look at an account, or for accounts. */
  nextDueAt(discoverEveryMs: number): number {
    const { discoveredAt, missed } = this.#tick;
    const looksAt = [...this.#rows.values()].map(({ nextCheckAt }) => nextCheckAt);
    const looksForAt =
      discoveredAt === null || missed.length > 0 ? 0 : discoveredAt + discoverEveryMs;
    return Math.min(looksForAt, ...looksAt);
  }

  async writeTick(tick: Tick): Promise<void> {
    this.#tick = { ...tick };
  }

  async claimTick(now: number, until: number): Promise<boolean> {
    if (this.#claimedUntil > now) return false;
    this.#claimedUntil = until;
    return true;
  }

  async releaseTick(until: number): Promise<void> {
    if (this.#claimedUntil === until) this.#claimedUntil = 0;
  }

  async brakes(): Promise<StoredBrake[]> {
    return [...this.#brakes.values()];
  }

  async writeBrake(state: BrakeState, etag: string | null): Promise<boolean> {
    if ((this.#brakes.get(state.id)?.etag ?? null) !== etag) return false;
    this.#etags += 1;
    this.#brakes.set(state.id, { state, etag: String(this.#etags) });
    return true;
  }

  #rowOf(accountId: string): Row {
    const empty = { status: null, nextCheckAt: 0, admittedUntil: 0, asked: false, seen: null };
    return this.#rows.get(accountId) ?? { accountId, ...empty };
  }

  #change(accountId: string, change: Partial<Row>): void {
    const row = { ...this.#rowOf(accountId), ...change };
    const { status, nextCheckAt } = row;
    this.#rows.set(accountId, {
      ...row,
      status: status && Object.freeze({ ...status, nextCheckAt }),
    });
  }

  #ownerOf(secretUrl: string, accountId: string): string {
    const owner = this.#owners.get(secretUrl.toLowerCase());
    if (owner === undefined || owner === accountId) return accountId;
    const left = this.#rows.get(owner)?.status ?? undefined;
    return hasLeft(left, secretUrl) ? accountId : owner;
  }
}
