import type { Dependencies } from './dependencies.ts';
import type { ScheduleChange } from './statusPorts.ts';

/** Rows that one write changes. */
const ROWS_A_WRITE = 100;

/** Writes under way at once. */
const WRITES_AT_ONCE = 4;

/** Writes changes of the schedule, many at once. Throws a `Failure` when a part was not written. */
export async function writeSchedule(
  changes: readonly ScheduleChange[],
  { statuses }: Pick<Dependencies, 'statuses'>,
): Promise<void> {
  const batches: ScheduleChange[][] = [];
  for (let start = 0; start < changes.length; start += ROWS_A_WRITE) {
    batches.push(changes.slice(start, start + ROWS_A_WRITE));
  }
  for (let start = 0; start < batches.length; start += WRITES_AT_ONCE) {
    const some = batches.slice(start, start + WRITES_AT_ONCE);
    await Promise.all(some.map((batch) => statuses.schedule(batch)));
  }
}
