/** @import { Account } from './types.d.ts' */
import { ageOf, epoch, nextOf, STATES, stateOf } from './fleet.js';
import { aheadOrHeld, duration } from './format.js';
import { html } from './preact.js';

/**
 * The fleet at a glance: accounts by state, which also filters, the oldest key, what is next.
 * @param {{
 *   accounts: readonly Account[], now: number, state: string | null,
 *   onState: (state: string | null) => void,
 * }} props
 */
export function Summary({ accounts, now, state, onState }) {
  const counts = new Map();
  for (const account of accounts) {
    const { id } = stateOf(account);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const shown = STATES.filter(({ id }) => counts.has(id) || id === state || id === 'attention');
  return html`
    <section class="summary" aria-label="Fleet at a glance">
      <div class="states" role="group" aria-label="Filter by state">
        ${stateButton(null, 'All', accounts.length, state, onState)}
        ${shown.map(({ id, label }) => stateButton(id, label, counts.get(id) ?? 0, state, onState))}
      </div>
      <dl class="glance">
        <div><dt>Oldest key</dt><dd>${oldestKey(accounts, now)}</dd></div>
        <div><dt>Next rotations</dt><dd>${nextRotations(accounts, now)}</dd></div>
      </dl>
    </section>
  `;
}

/**
 * @param {string | null} id
 * @param {string} label
 * @param {number} count
 * @param {string | null} state
 * @param {(state: string | null) => void} onState
 */
function stateButton(id, label, count, state, onState) {
  return html`
    <button
      key=${id ?? 'all'}
      type="button"
      class=${`state-button ${id ?? 'all'} ${count === 0 ? 'none' : ''}`}
      aria-pressed=${String(state === id)}
      onClick=${() => onState(state === id ? null : id)}
    >
      <span class="count">${count.toLocaleString()}</span> <span class="label">${label}</span>
    </button>
  `;
}

/**
 * @param {readonly Account[]} accounts
 * @param {number} now
 */
function oldestKey(accounts, now) {
  let oldest = null;
  for (const account of accounts) {
    const age = stateOf(account).id === 'keyless' ? null : ageOf(account, now);
    if (age !== null && age > (oldest?.age ?? -1)) oldest = { account, age };
  }
  if (!oldest) return 'none';
  const period = oldest.account.policy?.periodSeconds;
  const limit = period ? ` of ${duration(period)}` : '';
  return html`<span class="line">${accountLink(oldest.account)} <span class="muted">${duration(oldest.age)}${limit}</span></span>`;
}

/**
 * @param {readonly Account[]} accounts
 * @param {number} now
 */
function nextRotations(accounts, now) {
  const next = accounts
    .filter(({ phase }) => phase === 'idle')
    .map((account) => ({ account, next: nextOf(account) }))
    .filter(({ next }) => next?.what === 'rotation')
    .sort((a, b) => epoch(a.next?.at) - epoch(b.next?.at) || 0)
    .slice(0, 3);
  if (next.length === 0) return 'none foreseen';
  return next.map(
    ({ account, next }) =>
      html`<span class="line" key=${account.id}>${accountLink(account)} <span class="muted">${next && aheadOrHeld(next, now)}</span></span>`,
  );
}

/** @param {Account} account */
export function accountLink({ name, path }) {
  return html`<a href=${`#${path}`}>${name}</a>`;
}
