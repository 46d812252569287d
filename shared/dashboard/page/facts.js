/** @import { Account, Hold } from './types.d.ts' */
import { acknowledgedBy, nextOf } from './fleet.js';
import { ago, aheadOrHeld, dateTime, duration, words } from './format.js';
import { Age, KeyName, Overlap } from './list.js';
import { html } from './preact.js';

/** Facts that are long, and those that are names for machines. */
const WIDE = ['Hold', 'Asked for', 'Secret', 'Resource'];
const SMALL = ['Secret', 'Resource'];

/**
 * What is known of an account.
 * @param {{ account: Account, now: number }} props
 */
export function Facts({ account, now }) {
  const next = nextOf(account);
  const { stale, policy, holds = [], requests = [] } = account;
  const acknowledged = acknowledgedBy(account);
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
        html`${next.what} ${aheadOrHeld(next, now)}<span class="sub">${next.isHeld ? heldUntil(next.at) : dateTime(next.at)}</span>`,
    ],
    [
      'Hold',
      holds.length > 0 &&
        holds.map(
          (held) =>
            html`<span class="item" key=${held.scope}>${held.reason}<span class="sub">${heldBy(held)}</span></span>`,
        ),
    ],
    [
      'Asked for',
      requests.length > 0 &&
        requests.map(
          ({ id, cause, reason, actor, requestedAt }) =>
            html`<span class="item" key=${id}>${words(cause)}: ${reason}<span class="sub">by ${actor}, ${ago(requestedAt, now)}</span></span>`,
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
      acknowledged.length > 0 &&
        acknowledged.map(
          ({ subscriber, at }) =>
            html`<span class="line" key=${subscriber}>${subscriber} <span class="muted">${ago(at, now)}</span></span>`,
        ),
    ],
    ['Access', accessText(account)],
    ['Looked at', ago(account.updatedAt, now)],
    ['Secret', account.secretUrl],
    ['Resource', account.id],
  ];
  return html`
    <dl class="facts">
      ${facts.map(([name, value]) => value && html`<div key=${name} class=${classOf(name)}><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
  `;
}

/** @param {string} name */
function classOf(name) {
  return `${WIDE.includes(name) ? 'wide' : ''} ${SMALL.includes(name) ? 'small' : ''}`;
}

/** @param {Hold} hold */
function heldBy({ scope, actor, until }) {
  const whose = scope === 'all' ? 'all accounts' : 'this account';
  return `${whose}, by ${actor}, ${heldUntil(until)}`;
}

/** @param {string | null} until */
function heldUntil(until) {
  return until ? `until ${dateTime(until)}` : 'until released';
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
