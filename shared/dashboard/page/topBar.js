/** @import { Action, Brake, Hold } from './types.d.ts' */
/** @import { Fleet } from './fleetState.js' */
import { hold, release, releaseBrake } from './actions.js';
import { hasKey } from './api.js';
import { clock, dateTime } from './format.js';
import { html } from './preact.js';

/**
 * @param {{
 *   fleet: Fleet, isPaused: boolean, onPause: (isPaused: boolean) => void,
 *   onAction: (action: Action) => void, onForget: () => void,
 * }} props
 */
export function TopBar({ fleet, isPaused, onPause, onAction, onForget }) {
  return html`
    <header class="top">
      <a class="brand" href="#"><img src="/api/dashboard/icon.svg" alt="" width="20" height="20" /> Twinkey</a>
      <nav aria-label="All accounts">
        <a href="#history">History</a> <a href="#calendar">Calendar</a>
      </nav>
      <span class="muted updated">${isPaused ? 'Paused at' : 'Updated'} ${clock(fleet.at)}</span>
      <button type="button" aria-pressed=${String(isPaused)} onClick=${() => onPause(!isPaused)}>
        Pause updates
      </button>
      ${
        fleet.caller.mayOperate &&
        html`<button type="button" onClick=${() => onAction(fleet.hold ? release(null) : hold(null))}>
          ${fleet.hold ? 'Release all …' : 'Hold all …'}
        </button>`
      }
      ${fleet.caller.signedIn && html`<span class="muted actor" title="As whom you act">${fleet.caller.actor}</span>`}
      ${hasKey() && html`<button type="button" onClick=${onForget}>Forget key</button>`}
    </header>
  `;
}

/** @param {{ held: Hold }} props */
export function FleetHold({ held }) {
  const end = held.until ? `until ${dateTime(held.until)}` : 'until released';
  return html`
    <section class="fleet-hold" aria-label="Hold on all accounts">
      <p><strong>All accounts are held</strong> ${end}, by ${held.actor}: ${held.reason}</p>
    </section>
  `;
}

/**
 * What keeps rotations from beginning, with a way to end it.
 * @param {{ brakes: readonly Brake[], mayOperate: boolean, onAction: (action: Action) => void }} props
 */
export function Brakes({ brakes, mayOperate, onAction }) {
  if (brakes.length === 0) return null;
  return html`
    <section class="fleet-hold" aria-label="Brakes">
      ${brakes.map(
        (brake) => html`<p key=${brake.id}>
          <strong>Rotations do not begin</strong> (${brake.id}): ${brake.accounts} accounts in a row
          failed, ${brake.kind}. Without a failure it ends ${dateTime(brake.endsAt)}.
          ${
            mayOperate &&
            html`<button type="button" onClick=${() => onAction(releaseBrake(brake))}>
              Release brake …
            </button>`
          }
        </p>`,
      )}
    </section>
  `;
}
