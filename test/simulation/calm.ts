import { Duration } from 'luxon';
import { fingerprintOf, type Ledger } from './ledger.ts';
import { nextOpening } from './openings.ts';
import { dataOf } from './told.ts';
import { DAY, HOUR } from './units.ts';
import { TIMING, type World } from './world.ts';

/** When nothing fails, a step is taken at the tick after its time; a key may have to settle. */
const SLACK_MS = 2 * HOUR;

/**
 * Where nothing failed since `calmAt`, keys end when their overlap does and not later; what was left
 * over from before ends after the next look at the account.
 */
export function judgeEnds(world: World, calmAt: number): void {
  for (const [name, ledger] of world.oracle.ledgers) {
    if (!world.knows(name) || ledger.meddledSince(calmAt, world.time.now())) continue;
    for (const [index, published] of ledger.published.entries()) {
      const replacedAt = ledger.published[index + 1]?.at ?? world.time.now();
      const end = endOf(ledger, published.versionId, calmAt, world.scenario.tickMs);
      if (!end || end.dueAt > replacedAt) continue;
      const ended = ledger.ended.find(({ value }) => fingerprintOf(value) === end.fingerprint);
      if ((ended?.at ?? world.time.now()) <= end.dueAt) continue;
      world.oracle.violate('staleKey', name, `${end.fingerprint} was to be ended, and lived on`);
    }
  }
}

/** By when the key that a version replaced has to be gone; undefined: nobody was told of one. */
function endOf(ledger: Ledger, versionId: string, calmAt: number, tickMs: number) {
  const told = ledger.announced.findLast(({ event }) => dataOf(event).secretVersion === versionId);
  const fingerprint = told && dataOf(told.event).previous?.fingerprint;
  const acknowledgedAt = ledger.acknowledgedBy(told && dataOf(told.event).fingerprint);
  if (!told || !fingerprint || acknowledgedAt === undefined) return undefined;
  const overAt = told.at + ledger.longestOverlap(told.at);
  const looksAt = told.at < calmAt ? calmAt + TIMING.checkIntervalMs : 0;
  const window = ledger.account.tags['key-rotation-window'];
  // The tick after its time may find the window closed that was open at its time.
  const tickAt = Math.max(overAt, looksAt, acknowledgedAt) + 2 * tickMs;
  return { fingerprint, dueAt: nextOpening(window, tickAt) + SLACK_MS };
}

/** A rotation that an operator was told of as taken has taken place, unless people came between. */
export function judgeAsked(world: World): void {
  for (const [name, ledger] of world.oracle.ledgers) {
    const announced = new Set(ledger.announced.map(({ event }) => dataOf(event).rotationId));
    for (const { id, at } of ledger.asked) {
      if (!world.knows(name) || announced.has(id) || ledger.lostTrackSince(at - DAY)) continue;
      world.oracle.violate('progress', name, `${id} was taken and never carried out`);
    }
  }
}

/** How often the account's tags ask for a rotation, in ms. */
export function periodMsOf({ account }: Ledger): number {
  return Duration.fromISO(account.tags['key-rotation-period'] ?? 'P30D').toMillis();
}
