import { MemoryStatuses } from '../../local/memory/statuses.ts';
import type { AccountStatus, Tick } from '../../shared/service/statusPorts.ts';

/** Statuses that tell when something may have become due, so that idle ticks need not be run. */
export class WatchedStatuses extends MemoryStatuses {
  readonly #onChange: (written: AccountStatus | Tick) => void;

  constructor(onChange: (written: AccountStatus | Tick) => void) {
    super();
    this.#onChange = onChange;
  }

  override async put(status: AccountStatus): Promise<void> {
    await super.put(status);
    this.#onChange(status);
  }

  override async writeTick(tick: Tick): Promise<void> {
    await super.writeTick(tick);
    this.#onChange(tick);
  }
}
