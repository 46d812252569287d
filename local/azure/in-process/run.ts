import type { ManualTime } from '../model/time.ts';

/**
 * Runs work on virtual time to its end: whenever everything waits, time jumps to what is due next.
 * Throws when the work waits for something that no passing of time will bring.
 */
export async function runOnVirtualTime<T>(time: ManualTime, work: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  for (;;) {
    // All promises that can go on without time passing have gone on when this returns.
    await new Promise(setImmediate);
    if (ended) return work;
    const dueAt = time.nextDueAt();
    if (dueAt === undefined) throw new Error('Stuck: nothing is due, and the work has not ended.');
    time.advance(dueAt - time.now());
  }
}
