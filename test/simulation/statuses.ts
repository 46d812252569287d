import { MemoryStatuses } from '../../local/memory/statuses.ts';
import type { AccountStatus, ScheduleChange, Tick } from '../../shared/service/statusPorts.ts';

/** Statuses that tell when something may have become due, so that idle ticks need not be run. */
export class WatchedStatuses extends MemoryStatuses {
  readonly #onChange: (written: unknown) => void;

  constructor(onChange: (written: unknown) => void) {
    super();
    this.#onChange = onChange;
  }

  override async put(status: AccountStatus): Promise<void> {
    await super.put(status);
    this.#onChange(status);
  }

  override async schedule(changes: readonly ScheduleChange[]): Promise<void> {
    await super.schedule(changes);
    this.#onChange(changes);
  }

  override async setNextCheck(accountId: string, at: number, asked?: 'asked'): Promise<void> {
    await super.setNextCheck(accountId, at, asked);
    this.#onChange({ accountId, at });
  }

  override async writeTick(tick: Tick): Promise<void> {
    await super.writeTick(tick);
    this.#onChange(tick);
  }
}
