/** @import { HistoryEntry, Slot } from './types.d.ts' */

/**
 * What happened, read from history: when each key value was valid, when it was the active one, and
 * the moment of each step.
 *
 * A value begins where its fingerprint is first seen in its slot and ends where the next begins, or
 * where key authentication is switched off. The oldest lines at hand may be in the middle of a
 * rotation: a first value began before them.
 */

/** @typedef {{ slot: Slot, fingerprint: string, from: number, to: number }} Span */
/** @typedef {{ at: number, slot: Slot | null, kind: MarkKind, entry: HistoryEntry }} Mark */
/** @typedef {'regenerated' | 'verified' | 'published' | 'announced' | 'ended' | 'off' | 'trouble' | 'asked'} MarkKind */

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
  let open = /** @type {Span | null} */ (null);
  const seen = new Set();
  let isFirst = true;
  for (const { entry, at } of timed) {
    const { fingerprint } = entry;
    if (isSwitchOff(entry)) {
      if (open) open.to = at;
      open = null;
      isFirst = false;
      // Switched on again, the same values are valid once more.
      seen.clear();
      continue;
    }
    if (entry.slot !== slot || fingerprint === null || seen.has(fingerprint)) continue;
    seen.add(fingerprint);
    if (open) open.to = at;
    open = { slot, fingerprint, from: isFirst ? from : at, to: now };
    isFirst = false;
    found.push(open);
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
  let open = /** @type {Span | null} */ (null);
  for (const { entry, at } of timed) {
    const { slot, fingerprint } = entry;
    if (isSwitchOff(entry)) {
      if (open) open.to = at;
      open = null;
    } else if (isActivation(entry) && slot && fingerprint && open?.fingerprint !== fingerprint) {
      if (open) open.to = at;
      open = { slot, fingerprint, from: at, to: now };
      found.push(open);
    }
  }
  return found;
}

/**
 * A key became the active one: it was published, or the vault was found to hold it, as after a publish
 * whose answer was lost.
 * @param {HistoryEntry} entry
 */
function isActivation({ reason, outcome }) {
  return (reason === 'Publishing' && outcome === 'done') || reason === 'Rebased';
}

/**
 * Keys are refused from here on. The switch has a line of its own, unless its answer was lost: then
 * the line that says the account is keyless is the first to know.
 * @param {HistoryEntry} entry
 */
function isSwitchOff({ reason, outcome, slot }) {
  return outcome === 'done' && (reason === 'Keyless' || (reason === 'KeylessRequested' && !slot));
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
    const kind = isSwitchOff(entry) ? 'off' : kindOf(entry, isNewValue);
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
