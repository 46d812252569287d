/** @import { Account } from './types.d.ts' */
/** @import { Choice, Order } from './fleet.js' */
import { ageOf, chosen, nextOf, ORDERS, stateOf } from './fleet.js';
import { aheadOrHeld, duration, secondsUntil, words } from './format.js';
import { html, useEffect, useMemo, useState } from './preact.js';
import { accountLink } from './summary.js';

const PAGE_SIZE = 50;
/** Reasons that say no more than the state does. */
const SAME_AS_STATE = new Set(['Held', 'InOverlap', 'Keyless', 'NotDue']);
const ORDER_NAMES = /** @type {Order[]} */ (Object.keys(ORDERS));

/**
 * Every account that matches, a page at a time.
 * @param {{
 *   accounts: readonly Account[], now: number, choice: Choice,
 *   onChoice: (change: Partial<Choice>) => void,
 * }} props
 */
export function List({ accounts, now, choice, onChoice }) {
  const [page, setPage] = useState(0);
  const found = useMemo(() => chosen(accounts, choice), [accounts, choice]);
  useEffect(() => setPage(0), [choice]);
  const first = Math.min(page, Math.max(0, Math.ceil(found.length / PAGE_SIZE) - 1)) * PAGE_SIZE;
  const rows = found.slice(first, first + PAGE_SIZE);
  return html`
    <section class="list" aria-labelledby="accounts-heading">
      <div class="toolbar">
        <h2 id="accounts-heading">Accounts</h2>
        ${searchField(choice, onChoice)} ${orderField(choice, onChoice)}
        <p class="muted found" role="status">${foundText(found.length, accounts.length)}</p>
      </div>
      <table>
        <thead>
          <tr>
            ${header('name', choice, onChoice)} ${header('state', choice, onChoice)}
            <th scope="col">Active key</th>
            ${header('age', choice, onChoice)}
            <th scope="col">Overlap</th>
            ${header('next', choice, onChoice)}
          </tr>
        </thead>
        <tbody>
          ${rows.map((account) => html`<${Row} key=${account.id} account=${account} now=${now} />`)}
        </tbody>
      </table>
      <${Pager} first=${first} count=${found.length} onPage=${setPage} />
    </section>
  `;
}

/**
 * @param {Choice} choice
 * @param {(change: Partial<Choice>) => void} onChoice
 */
function searchField(choice, onChoice) {
  return html`
    <label class="search">
      <span class="visually-hidden">Search accounts</span>
      <input
        type="search"
        placeholder="Search name, kind, group, reason …"
        value=${choice.search}
        onInput=${(/** @type {any} */ event) => onChoice({ search: event.target.value })}
      />
    </label>
  `;
}

/**
 * Where there is no header to press.
 * @param {Choice} choice
 * @param {(change: Partial<Choice>) => void} onChoice
 */
function orderField(choice, onChoice) {
  return html`
    <label class="order">
      Sort by
      <select
        value=${choice.order}
        onChange=${(/** @type {any} */ event) => onChoice({ order: event.target.value, isReversed: false })}
      >
        ${ORDER_NAMES.map((order) => html`<option key=${order} value=${order}>${ORDERS[order].label}</option>`)}
      </select>
    </label>
  `;
}

/**
 * @param {number} found
 * @param {number} all
 */
function foundText(found, all) {
  if (found === all) return `${all.toLocaleString()} ${all === 1 ? 'account' : 'accounts'}`;
  return `${found.toLocaleString()} of ${all.toLocaleString()} accounts`;
}

/**
 * @param {Order} order
 * @param {Choice} choice
 * @param {(change: Partial<Choice>) => void} onChoice
 */
function header(order, choice, onChoice) {
  const isSorted = choice.order === order;
  const direction = choice.isReversed ? 'descending' : 'ascending';
  const press = () => onChoice({ order, isReversed: isSorted && !choice.isReversed });
  return html`
    <th scope="col" aria-sort=${isSorted ? direction : 'none'}>
      <button type="button" class="sort" onClick=${press}>
        ${ORDERS[order].label}<span aria-hidden="true">${sortMark(isSorted, choice.isReversed)}</span>
      </button>
    </th>
  `;
}

/**
 * @param {boolean} isSorted
 * @param {boolean} isReversed
 */
function sortMark(isSorted, isReversed) {
  if (!isSorted) return '';
  return isReversed ? ' ↓' : ' ↑';
}

/** @param {{ account: Account, now: number }} props */
function Row({ account, now }) {
  const next = nextOf(account);
  return html`
    <tr class=${stateOf(account).id}>
      <th scope="row" data-label="Account">
        ${accountLink(account)}<span class="sub">${account.kind}</span>
      </th>
      <td data-label="State" class="state">
        <span><${Pill} account=${account} /></span>
        <span class="sub message" title=${account.message}>${account.message}</span>
      </td>
      <td data-label="Active key"><${KeyName} slot=${account.activeSlot} fingerprint=${account.fingerprint} /></td>
      <td data-label="Key age"><${Age} account=${account} now=${now} /></td>
      <td data-label="Overlap" class=${account.phase === 'overlap' ? '' : 'none'}><${Overlap} account=${account} now=${now} /></td>
      <td data-label="Next">
        ${next ? html`<span>${aheadOrHeld(next, now)}</span><span class="sub">${next.what}</span>` : '–'}
      </td>
    </tr>
  `;
}

/**
 * The state, and the reason where that says more.
 * @param {{ account: Account }} props
 */
export function Pill({ account }) {
  const { id, label } = stateOf(account);
  const { reason } = account;
  return html`
    <span class=${`pill ${id}`}>${label}</span>
    ${!SAME_AS_STATE.has(reason) && html`<span class="reason">${words(reason)}</span>`}
  `;
}

/** @param {{ slot: string | null, fingerprint: string | null }} props */
export function KeyName({ slot, fingerprint }) {
  if (!slot) return '–';
  return html`<span class=${`slot ${slot}`}>${slot}</span><code class="sub">${fingerprint}</code>`;
}

/** @param {{ account: Account, now: number }} props */
export function Age({ account, now }) {
  const age = ageOf(account, now);
  if (age === null) return '–';
  const period = account.policy?.periodSeconds;
  if (!period) return duration(age);
  const percent = Math.min(100, (age / period) * 100);
  return html`
    <span>${duration(age)} <span class="muted">of ${duration(period)}</span></span>
    <span class=${`meter ${age > period ? 'over' : ''}`} aria-hidden="true">
      <span style=${{ width: `${percent}%` }}></span>
    </span>
  `;
}

/** @param {{ account: Account, now: number }} props */
export function Overlap({ account, now }) {
  const { phase, stale, missingSubscribers, policy } = account;
  if (phase !== 'overlap' && phase !== 'regeneratingStale') return '–';
  const left = stale?.retireAt ? secondsUntil(stale.retireAt, now) : null;
  return html`
    <span>${left === null ? 'not announced yet' : timeLeft(left)}</span>
    ${missingSubscribers.length > 0 && html`<span class="sub missing">no acknowledgement: ${missingSubscribers.join(', ')}</span>`}
    ${missingSubscribers.length === 0 && (policy?.subscribers.length ?? 0) > 0 && html`<span class="sub">all acknowledged</span>`}
  `;
}

/** @param {number} seconds */
function timeLeft(seconds) {
  return seconds > 0 ? `${duration(seconds)} left` : `over for ${duration(-seconds)}`;
}

/** @param {{ first: number, count: number, onPage: (page: number) => void }} props */
function Pager({ first, count, onPage }) {
  if (count === 0) return html`<p class="empty">No account matches.</p>`;
  if (count <= PAGE_SIZE) return null;
  const page = first / PAGE_SIZE;
  const last = Math.min(first + PAGE_SIZE, count);
  return html`
    <nav class="pager" aria-label="Pages of accounts">
      <button type="button" disabled=${page === 0} onClick=${() => onPage(page - 1)}>Previous</button>
      <span>${(first + 1).toLocaleString()}–${last.toLocaleString()} of ${count.toLocaleString()}</span>
      <button type="button" disabled=${last === count} onClick=${() => onPage(page + 1)}>Next</button>
    </nav>
  `;
}
