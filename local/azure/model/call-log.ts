import type { Call } from './call.ts';

/** How a call ended for its caller: a status, or no answer at all. */
export type CallEnd = number | 'dropped' | 'hung';

export interface CallLogEntry extends Pick<Call, 'service' | 'operation' | 'target'> {
  readonly at: number;
  readonly end: CallEnd;
}

type Sought = Partial<CallLogEntry>;

/** Every call that ended, in order. Holds no bodies, no tokens and no keys. */
export class CallLog {
  readonly #entries: CallLogEntry[] = [];
  #waiting: { sought: Sought; found: (entry: CallLogEntry) => void }[] = [];

  get entries(): readonly CallLogEntry[] {
    return this.#entries;
  }

  append(entry: CallLogEntry): void {
    this.#entries.push(entry);
    this.#waiting = this.#waiting.filter(({ sought, found }) => {
      if (!matches(entry, sought)) return true;
      found(entry);
      return false;
    });
  }

  count(sought: Sought): number {
    return this.#entries.filter((entry) => matches(entry, sought)).length;
  }

  /** Resolves with the next call that fits: tests wait for what happens, not for time. */
  next(sought: Sought): Promise<CallLogEntry> {
    return new Promise((found) => {
      this.#waiting.push({ sought, found });
    });
  }
}

function matches(entry: CallLogEntry, sought: Sought): boolean {
  return (Object.keys(sought) as (keyof CallLogEntry)[]).every(
    (name) => entry[name] === sought[name],
  );
}
