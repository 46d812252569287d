/** What belongs to all accounts at once: a page each, beside the list. */
import { download } from './api.js';
import { useHeading } from './heading.js';
import { History, useHistory } from './history.js';
import { html } from './preact.js';

/** Names after `#`; no account's path looks like these. */
export const PAGES = { history: FleetHistory, calendar: Calendar };

/**
 * @typedef {{
 *   refreshes: number, onNotice: (message: string) => void, onError: (error: unknown) => void,
 * }} PageProps
 */

/**
 * What people did to all accounts at once; what happened to one is on its own page.
 * @param {PageProps} props
 */
function FleetHistory({ refreshes, onNotice, onError }) {
  const { entries, more } = useHistory('history', refreshes, onError);
  return html`
    <${Frame} title="History of all accounts">
      <p class="muted">
        What was done to all accounts at once. Each account has a history of its own, on its page.
      </p>
      <${History}
        path="history" entries=${entries} onMore=${more} onNotice=${onNotice} onError=${onError}
      />
    <//>
  `;
}

/**
 * How to see what is ahead in a calendar.
 * @param {PageProps} props
 */
function Calendar({ onError }) {
  const address = `${location.origin}/api/plan?format=ics`;
  const save = () => void download('plan?format=ics').catch(onError);
  return html`
    <${Frame} title="Calendar">
      <p>When keys are due for rotation and when old ones end, for teams to subscribe to:</p>
      <p><code class="address">${address}</code></p>
      <p class="buttons">
        <button type="button" onClick=${save}>Download once</button>
      </p>
      <ol>
        <li>
          A calendar sends no headers. Make a key of the function <code>plan</code> alone (in Azure:
          Functions, plan, Function keys): it opens nothing but the plan.
        </li>
        <li>Add <code>&code=</code> and that key to the end of the address.</li>
        <li>
          In Outlook: Add calendar, Subscribe from web. In Google Calendar: Other calendars, From URL.
          In Apple Calendar: File, New Calendar Subscription. It is read again as often as the
          calendar does that, mostly every few hours.
        </li>
      </ol>
      <p class="muted">
        Behind the platform's sign-in no calendar gets through: download it there and import it.
      </p>
    <//>
  `;
}

/** @param {{ title: string, children: unknown }} props */
function Frame({ title, children }) {
  const heading = useHeading(title);
  return html`
    <main class="page">
      <p class="back"><a href="#">← All accounts</a></p>
      <h1 tabindex="-1" ref=${heading}>${title}</h1>
      ${children}
    </main>
  `;
}
