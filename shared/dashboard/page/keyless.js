/** @import { Account, Action, KeylessPreview } from './types.d.ts' */
import { REASON } from './actions.js';
import { get, send } from './api.js';
import { dateTime, duration } from './format.js';
import { html } from './preact.js';

/**
 * Where the deployment permits it. What would break is looked up first, and shown in the dialog.
 * @param {{
 *   account: Account, onAction: (action: Action) => void, onError: (error: unknown) => void,
 * }} props
 */
export function EndKeys({ account, onAction, onError }) {
  if (account.posture.keyAuthentication === false) return null;
  if (account.requests?.some(({ cause }) => cause === 'keyless')) {
    return html`<button type="button" onClick=${() => onAction(keepKeys(account))}>Keep keys …</button>`;
  }
  const look = async () => {
    try {
      onAction(endKeys(account, await get(`accounts/${account.path}/keyless`)));
    } catch (error) {
      onError(error);
    }
  };
  return html`<button type="button" onClick=${() => void look()}>End keys …</button>`;
}

/**
 * Ends key authentication, after a look at what that would break.
 * @param {Account} account
 * @param {KeylessPreview} preview
 * @returns {Action}
 */
function endKeys({ name, path }, preview) {
  const { breaks, keyUsers, customSubdomain, waitsFor, overlapSeconds, confirm } = preview;
  return {
    title: `End key authentication of ${name}`,
    explanation:
      'Both keys are replaced by a rotation with its whole overlap. Then key authentication is ' +
      'switched off and the secret disabled: from then on only Entra ID opens the account.',
    details: [
      ['What stops working', breaks],
      [
        'Said lately that they use a key',
        keyUsers.length > 0
          ? keyUsers.map(({ subscriber, at }) => `${subscriber}, on ${dateTime(at)}`)
          : ['nobody, of those that acknowledge'],
      ],
      [
        'Custom subdomain',
        [customSubdomain ? 'yes' : 'none, without which the account takes no Entra ID tokens'],
      ],
      ['Waits for', waitsFor.length > 0 ? waitsFor : ['nothing']],
      [
        'Overlap before the switch',
        [overlapSeconds === null ? 'unknown' : duration(overlapSeconds)],
      ],
    ],
    confirm: 'End key authentication',
    isDangerous: true,
    fields: [REASON],
    send: async ({ reason }, idempotencyKey) => {
      await send('POST', `accounts/${path}/keyless`, { reason, confirm }, idempotencyKey);
      return `The end of key authentication of ${name} is requested.`;
    },
  };
}

/**
 * Takes the end of key authentication back.
 * @param {Account} account
 * @returns {Action}
 */
function keepKeys({ name, path }) {
  return {
    title: `Keep the keys of ${name}`,
    explanation:
      'The end of key authentication is taken back. A rotation that runs for it ends as any other.',
    confirm: 'Keep keys',
    fields: [],
    send: async (_values, idempotencyKey) => {
      await send('DELETE', `accounts/${path}/keyless`, undefined, idempotencyKey);
      return `${name} keeps its keys.`;
    },
  };
}
