/** Times and lengths of time, as people read them. */

const UNITS = /** @type {const} */ ([
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]);

/**
 * A length of time in its two largest units, e.g. `12 d 4 h`.
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([, size]) => whole >= size);
  if (first === -1) return '0 s';
  let rest = whole;
  const parts = [];
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ');
}

/**
 * Seconds from `now` (epoch ms) to an ISO time; negative once it has passed.
 * @param {string} time
 * @param {number} now
 */
export function secondsUntil(time, now) {
  return (Date.parse(time) - now) / 1000;
}

/**
 * When something is to happen: `in 5 min`, or `now` when its time has come, whatever holds it up.
 * @param {string | null | undefined} time
 * @param {number} now
 */
export function ahead(time, now) {
  if (!time) return '–';
  const seconds = secondsUntil(time, now);
  return seconds < 1 ? 'now' : `in ${duration(seconds)}`;
}

/**
 * When something is to happen that a hold may keep from it.
 * @param {{ at: string | null, isHeld: boolean }} next
 * @param {number} now
 */
export function aheadOrHeld({ at, isHeld }, now) {
  return isHeld ? 'held' : ahead(at, now);
}

/**
 * When something happened: `5 min ago`, or `now` for what is newer than `now` itself.
 * @param {string | null | undefined} time
 * @param {number} now
 */
export function ago(time, now) {
  if (!time) return '–';
  const seconds = -secondsUntil(time, now);
  return seconds < 1 ? 'now' : `${duration(seconds)} ago`;
}

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** @param {string | null | undefined} time */
export function dateTime(time) {
  return time ? DATE_TIME.format(new Date(time)) : '–';
}

/** @param {number} time epoch ms */
export function clock(time) {
  return CLOCK.format(time);
}

/**
 * `RegeneratingStandby` → `Regenerating standby`.
 * @param {string} name
 */
export function words(name) {
  const spaced = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** @param {string} slot */
export function otherSlot(slot) {
  return slot === 'Key1' ? 'Key2' : 'Key1';
}
