/** @import { HistoryEntry, Slot } from './types.d.ts' */

/**
 * What happened, read from history: when each key value was valid, when it was the active one, and
 * the moment of each step.
 *
 * A value begins where its fingerprint is first seen in its slot and ends where the next begins. The
 * oldest lines at hand may be in the middle of a rotation: a first value began before them.
 */

/** @typedef {{ slot: Slot, fingerprint: string, from: number, to: number }} Span */
/** @typedef {{ at: number, slot: Slot | null, kind: MarkKind, entry: HistoryEntry }} Mark */
/** @typedef {'regenerated' | 'verified' | 'published' | 'announced' | 'ended' | 'trouble' | 'asked'} MarkKind */

/** @type {Readonly<Partial<Record<HistoryEntry['reason'], MarkKind>>>} */
const DONE = {
  Verifying: 'verified',
  Publishing: 'published',
  AnnouncementPending: 'announced',
  ReminderDue: 'announced',
  ConfirmingRetirement: 'ended',
};

/** What people ask for is noted, or done, without a slot. */
const ASKED = new Set(['RequestMade', 'HoldPlaced', 'HoldReleased']);

/**
 * @param {readonly HistoryEntry[]} entries in any order
 * @param {number} now epoch ms
 */
export function timelineOf(entries, now) {
  const timed = entries
    .map((entry) => ({ entry, at: Date.parse(entry.at ?? '') }))
    .sort((a, b) => a.at - b.at);
  const from = timed[0]?.at ?? now;
  const values = [...spans(timed, 'Key1', from, now), ...spans(timed, 'Key2', from, now)];
  return { from, to: now, values, active: activeSpans(timed, now), marks: marks(timed, values) };
}

/** @typedef {{ entry: HistoryEntry, at: number }} Timed */

/**
 * @param {readonly Timed[]} timed
 * @param {Slot} slot
 * @param {number} from
 * @param {number} now
 * @returns {Span[]}
 */
function spans(timed, slot, from, now) {
  /** @type {Span[]} */
  const found = [];
  const seen = new Set();
  for (const { entry, at } of timed) {
    const { fingerprint } = entry;
    if (entry.slot !== slot || fingerprint === null || seen.has(fingerprint)) continue;
    seen.add(fingerprint);
    const last = found.at(-1);
    if (last) last.to = at;
    found.push({ slot, fingerprint, from: last ? at : from, to: now });
  }
  return found;
}

/**
 * @param {readonly Timed[]} timed
 * @param {number} now
 * @returns {Span[]}
 */
function activeSpans(timed, now) {
  /** @type {Span[]} */
  const found = [];
  for (const { entry, at } of timed) {
    if (entry.reason !== 'Publishing' || entry.outcome !== 'done') continue;
    if (!entry.slot || !entry.fingerprint) continue;
    const last = found.at(-1);
    if (last) last.to = at;
    found.push({ slot: entry.slot, fingerprint: entry.fingerprint, from: at, to: now });
  }
  return found;
}

/**
 * @param {readonly Timed[]} timed
 * @param {readonly Span[]} values
 * @returns {Mark[]}
 */
function marks(timed, values) {
  return timed.flatMap(({ entry, at }) => {
    const isNewValue = values.some(
      ({ from, fingerprint }) => from === at && fingerprint === entry.fingerprint,
    );
    const kind = kindOf(entry, isNewValue);
    return kind ? [{ at, slot: entry.slot, kind, entry }] : [];
  });
}

/**
 * An intention is no step yet: its outcome has a line of its own. A key is regenerated for many
 * reasons, which are what the line carries.
 * @param {HistoryEntry} entry
 * @param {boolean} isNewValue
 * @returns {MarkKind | undefined}
 */
function kindOf({ reason, outcome, slot }, isNewValue) {
  if (outcome === 'refused' || outcome === 'unknown') return 'trouble';
  if (!slot && ASKED.has(reason)) return 'asked';
  if (outcome !== 'done') return undefined;
  return DONE[reason] ?? (isNewValue ? 'regenerated' : undefined);
}
