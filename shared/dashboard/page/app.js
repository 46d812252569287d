/** @import { Action } from './types.d.ts' */
/** @import { Choice } from './fleet.js' */
import { setKey } from './api.js';
import { Detail } from './detail.js';
import { ActionDialog } from './dialog.js';
import { useFleet } from './fleetState.js';
import { List } from './list.js';
import { PAGES } from './pages.js';
import { html, render, useCallback, useEffect, useRef, useState } from './preact.js';
import { SignIn } from './signIn.js';
import { Summary } from './summary.js';
import { Brakes, FleetHold, TopBar } from './topBar.js';

/** How long an answer stays in sight; the history keeps it. */
const NOTICE_MS = 10_000;
/** @type {Choice} */
const FIRST_CHOICE = { search: '', state: null, order: 'state', isReversed: false };

/** The whole page. */
function App() {
  const { fleet, error, mustSignIn, isPaused, setPaused, refresh, hurry, fail, refreshes } =
    useFleet();
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
  /** What the address names: a page of its own, an account, or else the list. */
  const view = () => {
    const common = { refreshes, onNotice: setNotice, onError: fail };
    const Page = Object.hasOwn(PAGES, path) && PAGES[/** @type {keyof typeof PAGES} */ (path)];
    if (Page) return html`<${Page} key=${path} ...${common} />`;
    if (path) {
      return html`<${Detail}
        key=${path} path=${path} listed=${listed} caller=${fleet.caller} now=${fleet.at} onAction=${setAction} ...${common}
      />`;
    }
    return html`<main>
      <h1 class="visually-hidden">Fleet</h1>
      <${Summary} accounts=${fleet.accounts} now=${fleet.at} state=${choice.state}
        onState=${(/** @type {string | null} */ state) => change({ state })} />
      <${List} accounts=${fleet.accounts} now=${fleet.at} choice=${choice} onChoice=${change} />
    </main>`;
  };
  return html`
    <${TopBar} fleet=${fleet} isPaused=${isPaused} onPause=${setPaused} onAction=${setAction} onForget=${() => signIn(null)} />
    <p class="problem" role="alert">${error}</p>
    ${fleet.hold && html`<${FleetHold} held=${fleet.hold} />`}
    <${Brakes} brakes=${fleet.brakes} mayOperate=${fleet.caller.mayOperate} onAction=${setAction} />
    ${view()}
    <p class=${`notice ${notice ? 'shown' : ''}`} role="status" aria-live="polite">${notice}</p>
    ${
      action &&
      html`<${ActionDialog}
      action=${action}
      onClose=${() => setAction(null)}
      onDone=${(/** @type {string} */ message) => {
        setNotice(message);
        hurry();
      }}
    />`
    }
  `;
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

const root = document.getElementById('app');
if (root) render(html`<${App} />`, root);
