/** @import { Account, Action, Caller } from './types.d.ts' */
import { get } from './api.js';
import { Buttons } from './buttons.js';
import { Facts } from './facts.js';
import { useHeading } from './heading.js';
import { History, useHistory } from './history.js';
import { Pill } from './list.js';
import { html, useEffect, useState } from './preact.js';
import { Timeline } from './timeline.js';

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
            ? html`<${Buttons} account=${account} caller=${caller} onAction=${onAction} onError=${onError} />`
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
