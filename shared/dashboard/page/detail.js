/** @import { Account, Action, Caller, Hold } from './types.d.ts' */
import { compromised, hold, release, rollback, rotate } from './actions.js';
import { get } from './api.js';
import { nextOf } from './fleet.js';
import { dateTime, duration, relative, words } from './format.js';
import { useHeading } from './heading.js';
import { History, useHistory } from './history.js';
import { Age, KeyName, Overlap, Pill } from './list.js';
import { html, useEffect, useState } from './preact.js';
import { Timeline } from './timeline.js';

/** Facts that are long. */
const WIDE = ['Secret', 'Resource'];

/**
 * One account: what it is doing, what can be done, and what happened.
 * @param {{
 *   path: string, listed: Account | undefined, caller: Caller, now: number, refreshes: number,
 *   onAction: (action: Action) => void, onNotice: (message: string) => void,
 *   onError: (error: unknown) => void,
 * }} props `listed` is what the list knows of it, until the account itself is read
 */
export function Detail({ path, listed, caller, now, refreshes, onAction, onNotice, onError }) {
  const account = useAccount(path, refreshes, onError) ?? listed;
  const historyPath = `accounts/${path}/history`;
  const { entries, more } = useHistory(historyPath, refreshes, onError);
  const heading = useHeading(account?.name);
  const back = html`<p class="back"><a href="#">← All accounts</a></p>`;
  if (!account) return html`<main>${back}<p class="empty">This account is not known.</p></main>`;
  return html`
    <main class="detail">
      ${back}
      <header>
        <h1 tabindex="-1" ref=${heading}>${account.name}</h1>
        <${Pill} account=${account} />
        <p class="message">${account.message}</p>
        ${
          caller.mayOperate
            ? html`<${Buttons} account=${account} onAction=${onAction} />`
            : html`<p class="muted">You can look, not act: that takes the role Rotation.Operator.</p>`
        }
      </header>
      <${Facts} account=${account} now=${now} />
      <section aria-labelledby="timeline-heading">
        <h2 id="timeline-heading">Timeline</h2>
        <${Timeline} entries=${entries} now=${now} />
      </section>
      <section aria-labelledby="history-heading">
        <h2 id="history-heading">History</h2>
        <${History}
          path=${historyPath} entries=${entries} onMore=${more} onNotice=${onNotice} onError=${onError}
        />
      </section>
    </main>
  `;
}

/**
 * The account, read anew at each refresh.
 * @param {string} path
 * @param {number} refreshes
 * @param {(error: unknown) => void} onError
 */
function useAccount(path, refreshes, onError) {
  const [account, setAccount] = useState(/** @type {Account | undefined} */ (undefined));
  useEffect(() => {
    let isCurrent = true;
    get(`accounts/${path}`)
      .then((found) => isCurrent && setAccount(found))
      .catch((error) => isCurrent && onError(error));
    return () => {
      isCurrent = false;
    };
  }, [path, refreshes]);
  return account;
}

/** @param {{ account: Account, onAction: (action: Action) => void }} props */
function Buttons({ account, onAction }) {
  // The hold on all accounts shows here as well, but is not this account's to release.
  const isHeld = account.holds?.some(({ scope }) => scope === 'account');
  const canRollBack = account.phase === 'overlap' && account.rotation !== null;
  return html`
    <div class="buttons" role="group" aria-label="Actions">
      <button type="button" class="primary" onClick=${() => onAction(rotate(account))}>Rotate …</button>
      <button
        type="button"
        disabled=${!canRollBack}
        title=${canRollBack ? undefined : 'Possible while both keys are valid, after a rotation'}
        onClick=${() => onAction(rollback(account))}
      >
        Roll back …
      </button>
      <button
        type="button"
        onClick=${() => onAction(isHeld ? release(account) : hold(account))}
      >
        ${isHeld ? 'Release …' : 'Hold …'}
      </button>
      <button type="button" class="danger" onClick=${() => onAction(compromised(account))}>
        Key leaked …
      </button>
    </div>
  `;
}

/** @param {{ account: Account, now: number }} props */
function Facts({ account, now }) {
  const next = nextOf(account);
  const { stale, policy, holds = [], acknowledgements = [] } = account;
  /** @type {[name: string, value: unknown][]} */
  const facts = [
    [
      'Active key',
      html`<${KeyName} slot=${account.activeSlot} fingerprint=${account.fingerprint} />`,
    ],
    ['Key age', html`<${Age} account=${account} now=${now} />`],
    ['Phase', account.phase && words(account.phase)],
    ['Overlap', stale && html`<${Overlap} account=${account} now=${now} />`],
    [
      'Previous key',
      stale &&
        html`<code>${stale.fingerprint}</code><span class="sub">ends ${dateTime(stale.retireAt)}</span>`,
    ],
    [
      'Next',
      next &&
        html`${next.what} ${relative(next.at, now)}<span class="sub">${dateTime(next.at)}</span>`,
    ],
    [
      'Hold',
      holds.length > 0 &&
        holds.map(
          (held) =>
            html`<span class="line" key=${held.scope}>${held.reason}<span class="sub">${heldBy(held)}</span></span>`,
        ),
    ],
    [
      'Policy',
      policy &&
        `every ${duration(policy.periodSeconds)}, overlap ${duration(policy.overlapSeconds)}`,
    ],
    ['Subscribers', policy?.subscribers.join(', ')],
    [
      'Acknowledged',
      acknowledgements.length > 0 &&
        acknowledgements.map(
          ({ subscriber, at }) =>
            html`<span class="line" key=${subscriber}>${subscriber} <span class="muted">${relative(at, now)}</span></span>`,
        ),
    ],
    ['Access', accessText(account)],
    ['Looked at', relative(account.updatedAt, now)],
    ['Secret', account.secretUrl],
    ['Resource', account.id],
  ];
  return html`
    <dl class="facts">
      ${facts.map(([name, value]) => value && html`<div key=${name} class=${WIDE.includes(name) ? 'wide' : ''}><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
  `;
}

/** @param {Hold} hold */
function heldBy({ scope, actor, until }) {
  const whose = scope === 'all' ? 'all accounts' : 'this account';
  return `${whose}, by ${actor}, ${until ? `until ${dateTime(until)}` : 'until released'}`;
}

/** @param {Account} account */
function accessText({ posture }) {
  const { keyAuthentication, networkRestricted, customSubdomain } = posture;
  const parts = [
    keyAuthentication === false ? 'keys switched off' : 'keys accepted',
    networkRestricted ? 'network restricted' : 'open network',
    customSubdomain ? 'own subdomain' : 'no own subdomain',
  ];
  return parts.join(', ');
}
