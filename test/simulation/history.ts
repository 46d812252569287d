import type { HistoryEntry } from '../../shared/service/recordPorts.ts';
import { fingerprintOf, type Ledger } from './ledger.ts';
import { HOUR } from './units.ts';
import type { World } from './world.ts';

/** Every change was announced in the history, and what it says came of each is what came of it. */
export async function judgeHistory(world: World): Promise<void> {
  for (const [name, ledger] of world.oracle.ledgers) {
    const { entries } = await world.records.history(world.idOf(name), 1_000_000);
    world.secrecy.inspect(JSON.stringify(entries), 'the history');
    const complain = (message: string) => world.oracle.violate('history', name, message);
    const regenerations = attemptsIn(entries, /\bregenerate\b/);
    const publications = attemptsIn(entries, /^publish Key[12]/);
    judgeRegenerations(ledger, regenerations, complain);
    judgePublications(ledger, publications, world.clocksMs, complain);
    for (const attempts of [regenerations, publications]) {
      const silent = attempts.filter(
        ({ outcome, at }) => outcome === undefined && !wentWrongAround(world, at),
      ).length;
      if (silent > 0) complain(`nothing says what came of ${silent} attempts`);
    }
  }
}

/** An instance stands still for no longer; then it is too late to write down what came of its attempt. */
const AROUND_MS = 3 * HOUR;

/** Whether anything happened that may keep a worker from writing down what came of its attempt. */
function wentWrongAround({ draws, scenario }: World, attemptedAt: number): boolean {
  const mishaps = [...draws.struck, ...scenario.incidents];
  return mishaps.some(({ at }) => Math.abs(at - attemptedAt) < AROUND_MS);
}

/** A change that the history says was to be made, and what it says came of it. */
interface Attempt {
  readonly at: number;
  readonly fingerprint: string;
  /** Undefined: whoever made it died, or was not the first to write. */
  readonly outcome: HistoryEntry | undefined;
}

/** Entries come newest first. What came of an attempt is in the next one about the same slot. */
function attemptsIn(entries: readonly HistoryEntry[], intent: RegExp): Attempt[] {
  const chronological = entries.toReversed();
  return chronological.flatMap((entry, index) => {
    const { at, outcome, message, fingerprint, slot, reason } = entry;
    if (outcome !== 'noted' || !fingerprint || !intent.test(message)) return [];
    const next = chronological
      .slice(index + 1, index + 1 + LINES_BETWEEN)
      .find(
        (later) => later.slot === slot && (later.outcome === 'noted' || later.reason === reason),
      );
    return [{ at, fingerprint, outcome: next?.outcome === 'noted' ? undefined : next }];
  });
}

/** Lines that people's deeds may put between an attempt and what came of it. */
const LINES_BETWEEN = 20;

/** Values that people replaced right before `at`: a change that was on its way then meant those. */
function replacedByHand({ ended }: Ledger, slot: string, at: number): string[] {
  const byHand = ended.filter((end) => end.by === 'person' && end.slot === slot);
  return byHand.filter((end) => end.at <= at && at - end.at < HOUR).map(({ value }) => value);
}

function judgeRegenerations(
  ledger: Ledger,
  attempts: readonly Attempt[],
  complain: (message: string) => void,
): void {
  for (const { by, value, slot, surprised, at } of ledger.ended) {
    const fingerprint = fingerprintOf(value);
    const meant = [value, ...replacedByHand(ledger, slot, at)].map(fingerprintOf);
    const of = attempts.filter((attempt) => meant.includes(attempt.fingerprint));
    if (by === 'person' || surprised) continue;
    const what = `${slot} (${fingerprint})`;
    if (of.length === 0) complain(`nothing says that ${what} was to be regenerated`);
    else if (of.every(({ outcome }) => outcome?.outcome === 'refused')) {
      complain(`${what} was regenerated, and every attempt is said to have been refused`);
    }
  }
  const ended = new Set(ledger.ended.map(({ value }) => fingerprintOf(value)));
  for (const { fingerprint, outcome } of attempts) {
    if (outcome?.outcome !== 'done') continue;
    if (!ended.has(fingerprint)) complain(`${fingerprint} was never regenerated`);
    else if (outcome.fingerprint === fingerprint) {
      complain(`${fingerprint} is said to have been regenerated into itself`);
    }
  }
}

function judgePublications(
  ledger: Ledger,
  attempts: readonly Attempt[],
  clocksMs: number,
  complain: (message: string) => void,
): void {
  const published = ledger.published.map(({ at, value, by }) => ({
    at,
    by,
    fingerprint: fingerprintOf(value),
  }));
  for (const { by, fingerprint } of published) {
    const of = attempts.filter((attempt) => attempt.fingerprint === fingerprint);
    if (by !== 'service') continue;
    if (of.length === 0) complain(`nothing says that ${fingerprint} was to be published`);
    else if (of.every(({ outcome }) => outcome?.outcome === 'refused')) {
      complain(`${fingerprint} was published, and every attempt is said to have been refused`);
    }
  }
  for (const { fingerprint, outcome } of attempts) {
    if (outcome?.outcome !== 'done') continue;
    const was = published.some(
      (each) => each.fingerprint === fingerprint && each.at <= outcome.at + clocksMs,
    );
    if (!was) complain(`${fingerprint} was not published when that was said`);
  }
}
