import type { CallLogEntry } from '../../../local/azure/model/call-log.ts';

/** Counts calls by operation, and answers of 429; a list of them would grow with the fleet. */
export class CallCounts {
  readonly byOperation = new Map<string, number>();
  /** Answers of services that limit calls, and those of them that were 429. */
  answers = 0;
  throttled = 0;

  reset(): void {
    this.byOperation.clear();
    this.answers = 0;
    this.throttled = 0;
  }

  append({ service, operation, end }: CallLogEntry): void {
    this.byOperation.set(operation, (this.byOperation.get(operation) ?? 0) + 1);
    if (service === 'data') return;
    this.answers += 1;
    if (end === 429) this.throttled += 1;
  }
}
