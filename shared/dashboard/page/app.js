/** @import { Account, Action, Hold } from './types.d.ts' */
/** @import { Choice } from './fleet.js' */
import { hold, release } from './actions.js';
import { ApiError, get, hasKey, setKey } from './api.js';
import { Detail } from './detail.js';
import { ActionDialog } from './dialog.js';
import { clock, dateTime } from './format.js';
import { List } from './list.js';
import { html, render, useCallback, useEffect, useRef, useState } from './preact.js';
import { SignIn } from './signIn.js';
import { Summary } from './summary.js';

const REFRESH_INTERVAL_MS = 5_000;
/** How long an answer stays in sight; the history keeps it. */
const NOTICE_MS = 10_000;
const WRONG_KEY = 'The service did not accept this function key.';
/** @type {Choice} */
const FIRST_CHOICE = { search: '', state: null, order: 'state', isReversed: false };

/** @typedef {{ accounts: readonly Account[], hold: Hold | null, at: number }} Fleet */

/** The whole page. */
function App() {
  const { fleet, error, mustSignIn, isPaused, setPaused, refresh, fail, refreshes } = useFleet();
  const [choice, setChoice] = useState(FIRST_CHOICE);
  const [action, setAction] = useState(/** @type {Action | null} */ (null));
  const [notice, setNotice] = useState('');
  const path = usePath();
  useEffect(() => {
    const timer = setTimeout(() => setNotice(''), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const change = useCallback(
    (/** @type {Partial<Choice>} */ part) => setChoice((before) => ({ ...before, ...part })),
    [],
  );
  /** @param {string | null} key */
  const signIn = (key) => {
    setKey(key);
    void refresh();
  };
  if (mustSignIn) return html`<${SignIn} message=${mustSignIn.message} onKey=${signIn} />`;
  if (!fleet) return html`<main><p class="empty">${error || 'Loading …'}</p></main>`;
  const listed = fleet.accounts.find((account) => account.path === path);
  return html`
    <${TopBar} fleet=${fleet} isPaused=${isPaused} onPause=${setPaused} onAction=${setAction} onForget=${() => signIn(null)} />
    <p class="problem" role="alert">${error}</p>
    ${fleet.hold && html`<${FleetHold} held=${fleet.hold} />`}
    ${
      path
        ? html`<${Detail}
          key=${path} path=${path} listed=${listed} now=${fleet.at} refreshes=${refreshes}
          onAction=${setAction} onError=${fail}
        />`
        : html`<main>
          <h1 class="visually-hidden">Fleet</h1>
          <${Summary} accounts=${fleet.accounts} now=${fleet.at} state=${choice.state}
            onState=${(/** @type {string | null} */ state) => change({ state })} />
          <${List} accounts=${fleet.accounts} now=${fleet.at} choice=${choice} onChoice=${change} />
        </main>`
    }
    <p class=${`notice ${notice ? 'shown' : ''}`} role="status" aria-live="polite">${notice}</p>
    ${
      action &&
      html`<${ActionDialog}
      action=${action}
      onClose=${() => setAction(null)}
      onDone=${(/** @type {string} */ message) => {
        setNotice(message);
        void refresh();
      }}
    />`
    }
  `;
}

/** Reads the fleet every few seconds, unless paused or out of sight. */
function useFleet() {
  const [fleet, setFleet] = useState(/** @type {Fleet | null} */ (null));
  const [error, setError] = useState('');
  const [mustSignIn, setMustSignIn] = useState(
    /** @type {{ message: string | null } | null} */ (null),
  );
  const [isPaused, setPaused] = useState(false);
  const [refreshes, setRefreshes] = useState(0);
  const latest = useRef(0);

  const fail = useCallback((/** @type {unknown} */ failure) => {
    if (failure instanceof ApiError && failure.status === 401) {
      setMustSignIn({ message: hasKey() ? WRONG_KEY : null });
      setKey(null);
    } else {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  }, []);

  const refresh = useCallback(async () => {
    latest.current += 1;
    const mine = latest.current;
    try {
      const [{ accounts }, { hold }] = await Promise.all([get('accounts'), get('hold')]);
      // A slow answer must not overwrite a newer one.
      if (mine !== latest.current) return;
      setFleet({ accounts, hold, at: Date.now() });
      setError('');
      setMustSignIn(null);
      setRefreshes((count) => count + 1);
    } catch (failure) {
      if (mine === latest.current) fail(failure);
    }
  }, []);

  useEffect(() => void refresh(), []);
  useEffect(() => {
    if (isPaused || mustSignIn) return;
    const timer = setInterval(() => !document.hidden && void refresh(), REFRESH_INTERVAL_MS);
    return () => clearInterval(timer);
  }, [isPaused, mustSignIn]);
  return { fleet, error, mustSignIn, isPaused, setPaused, refresh, fail, refreshes };
}

/** The account that the address names after `#`; empty for the list, whose row gets the focus back. */
function usePath() {
  const [path, setPath] = useState(location.hash.slice(1));
  useEffect(() => {
    const follow = () => setPath(location.hash.slice(1));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const before = useRef(path);
  useEffect(() => {
    const left = before.current;
    before.current = path;
    if (left && !path) {
      const link = [...document.querySelectorAll('tbody a')].find(
        (each) => each.getAttribute('href') === `#${left}`,
      );
      if (link instanceof HTMLElement) link.focus();
    }
  }, [path]);
  return path;
}

/**
 * @param {{
 *   fleet: Fleet, isPaused: boolean, onPause: (isPaused: boolean) => void,
 *   onAction: (action: Action) => void, onForget: () => void,
 * }} props
 */
function TopBar({ fleet, isPaused, onPause, onAction, onForget }) {
  return html`
    <header class="top">
      <a class="brand" href="#"><img src="/api/dashboard/icon.svg" alt="" width="20" height="20" /> Twinkey</a>
      <span class="muted updated">${isPaused ? 'Paused at' : 'Updated'} ${clock(fleet.at)}</span>
      <button type="button" aria-pressed=${String(isPaused)} onClick=${() => onPause(!isPaused)}>
        Pause updates
      </button>
      <button type="button" onClick=${() => onAction(fleet.hold ? release(null) : hold(null))}>
        ${fleet.hold ? 'Release all …' : 'Hold all …'}
      </button>
      ${hasKey() && html`<button type="button" onClick=${onForget}>Forget key</button>`}
    </header>
  `;
}

/** @param {{ held: Hold }} props */
function FleetHold({ held }) {
  const end = held.until ? `until ${dateTime(held.until)}` : 'until released';
  return html`
    <section class="fleet-hold" aria-label="Hold on all accounts">
      <p><strong>All accounts are held</strong> ${end}, by ${held.actor}: ${held.reason}</p>
    </section>
  `;
}

const root = document.getElementById('app');
if (root) render(html`<${App} />`, root);
