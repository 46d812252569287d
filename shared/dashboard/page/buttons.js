/** @import { Account, Action, Caller } from './types.d.ts' */
import { compromised, hold, release, rollback, rotate } from './actions.js';
import { EndKeys } from './keyless.js';
import { html } from './preact.js';

/**
 * What can be done with an account, for those who may.
 * @param {{
 *   account: Account, caller: Caller, onAction: (action: Action) => void,
 *   onError: (error: unknown) => void,
 * }} props
 */
export function Buttons({ account, caller, onAction, onError }) {
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
      ${caller.mayEndKeys && html`<${EndKeys} account=${account} onAction=${onAction} onError=${onError} />`}
    </div>
  `;
}
