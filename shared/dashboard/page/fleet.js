/** @import { Account } from './types.d.ts' */
import { secondsUntil } from './format.js';

/** What an account can be doing, the most urgent first; the first test that holds names it. */
export const STATES = /** @type {const} */ ([
  { id: 'attention', label: 'Needs attention', test: (/** @type {Account} */ a) => a.attention },
  { id: 'held', label: 'Held', test: isHeld },
  { id: 'rotating', label: 'Rotating', test: isRotating },
  { id: 'overlap', label: 'Overlap', test: (/** @type {Account} */ a) => a.phase === 'overlap' },
  { id: 'keyless', label: 'Keyless', test: isKeyless },
  { id: 'idle', label: 'Up to date', test: (/** @type {Account} */ a) => a.phase === 'idle' },
  { id: 'unknown', label: 'Not taken on', test: () => true },
]);

/** @typedef {typeof STATES[number]} State */

/** @param {Account} account */
function isHeld(account) {
  return !isKeyless(account) && (Boolean(account.hold) || account.reason === 'Held');
}

/** @param {Account} account */
function isRotating({ phase }) {
  return phase !== null && phase !== 'idle' && phase !== 'overlap';
}

/** @param {Account} account */
function isKeyless({ posture }) {
  return posture.keyAuthentication === false;
}

/**
 * @param {Account} account
 * @returns {State}
 */
export function stateOf(account) {
  return STATES.find(({ test }) => test(account)) ?? STATES[6];
}

/**
 * How old the active key is, in seconds.
 * @param {Account} account
 * @param {number} now
 */
export function ageOf({ activeSince }, now) {
  return activeSince ? -secondsUntil(activeSince, now) : null;
}

/**
 * Who said that they use the active key, the newest word first. Those of keys long gone say nothing
 * of it.
 * @param {Account} account
 */
export function acknowledgedBy({ acknowledgements = [], fingerprint }) {
  return acknowledgements
    .filter((each) => each.fingerprint === fingerprint)
    .sort((a, b) => Date.parse(b.at ?? '') - Date.parse(a.at ?? ''));
}

/**
 * What comes next for an account, and when: null when nothing is foreseen.
 * @param {Account} account
 * `isHeld`: it cannot come before the hold's end, which `at` is then; null until that is released.
 * @returns {{ what: string, at: string | null, isHeld: boolean } | null}
 */
export function nextOf(account) {
  const next = plannedNext(account);
  const { hold } = account;
  if (!next || !hold || next.what === 'check') return next && { ...next, isHeld: false };
  const isHeld = hold.until === null || Date.parse(next.at) < Date.parse(hold.until);
  return { ...next, at: isHeld ? hold.until : next.at, isHeld };
}

/**
 * What would come next without a hold.
 * @param {Account} account
 * @returns {{ what: string, at: string } | null}
 */
function plannedNext(account) {
  const { nextStep, policy, activeSince, stale } = account;
  if (isKeyless(account)) return null;
  if (account.phase === 'overlap' && stale?.retireAt) {
    return { what: 'old key ends', at: stale.retireAt };
  }
  if (nextStep.at) return { what: account.phase === 'idle' ? 'rotation' : 'step', at: nextStep.at };
  if (account.phase === 'idle' && policy && activeSince) {
    const due = Date.parse(activeSince) + policy.periodSeconds * 1000;
    return { what: 'rotation', at: new Date(due).toISOString() };
  }
  return account.nextCheckAt ? { what: 'check', at: account.nextCheckAt } : null;
}

/** Orders of the list. Accounts without the value come last. */
export const ORDERS = /** @type {const} */ ({
  state: { label: 'State', key: (/** @type {Account} */ a) => STATES.indexOf(stateOf(a)) },
  name: { label: 'Account', key: () => 0 },
  age: { label: 'Key age', key: (/** @type {Account} */ a) => epoch(a.activeSince) },
  next: { label: 'Next', key: (/** @type {Account} */ a) => epoch(nextOf(a)?.at) },
});

/** @typedef {keyof typeof ORDERS} Order */
/** @typedef {{ search: string, state: string | null, order: Order, isReversed: boolean }} Choice */

/** @param {string | null | undefined} time */
export function epoch(time) {
  return time ? Date.parse(time) : Number.POSITIVE_INFINITY;
}

/**
 * The accounts that match, in order. Every word searched for must occur somewhere.
 * @param {readonly Account[]} accounts
 * @param {Choice} choice
 */
export function chosen(accounts, { search, state, order, isReversed }) {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = accounts.filter((account) => {
    if (state !== null && stateOf(account).id !== state) return false;
    const text = [account.id, account.name, account.kind, account.fingerprint, account.reason]
      .join(' ')
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const { key } = ORDERS[order];
  const sorted = found
    .map((account) => ({ account, by: key(account) }))
    .sort((a, b) => compare(a.by, b.by) || a.account.name.localeCompare(b.account.name))
    .map(({ account }) => account);
  return isReversed ? sorted.reverse() : sorted;
}

/**
 * @param {number} a
 * @param {number} b
 */
function compare(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
