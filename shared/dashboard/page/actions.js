/** @import { Account, Action, Brake, Field } from './types.d.ts' */
import { send } from './api.js';
import { otherSlot } from './format.js';

/** @type {Field} */
export const REASON = {
  name: 'reason',
  label: 'Reason',
  kind: 'text',
  isRequired: true,
  hint: 'Goes into the history, for whoever asks later.',
};

/** @type {Field} */
const UNTIL = {
  name: 'until',
  label: 'Until',
  kind: 'datetime',
  hint: 'Your local time. Empty: until somebody releases it.',
};

/** What an operator can grant apps to reload when a key leaked; the first is what is suggested. */
const OVERLAPS = /** @type {const} */ ([
  { value: 'PT5M', seconds: 300, label: '5 minutes' },
  { value: 'PT0S', seconds: 0, label: 'None: end it at once' },
  { value: 'PT1M', seconds: 60, label: '1 minute' },
  { value: 'PT15M', seconds: 900, label: '15 minutes' },
  { value: 'PT1H', seconds: 3600, label: '1 hour' },
]);

/**
 * @param {Account} account
 * @returns {Action}
 */
export function rotate({ name, path }) {
  return {
    title: `Rotate ${name}`,
    explanation:
      'The standby key is regenerated and becomes the active one. Both keys stay valid for the ' +
      'whole overlap, so no app is cut off.',
    confirm: 'Rotate',
    fields: [REASON],
    send: async ({ reason }, idempotencyKey) => {
      await send('POST', `accounts/${path}/rotations`, { cause: 'manual', reason }, idempotencyKey);
      return `Rotation of ${name} requested.`;
    },
  };
}

/**
 * @param {Account} account
 * @returns {Action}
 */
export function compromised({ name, path, activeSlot, policy }) {
  const active = activeSlot ?? 'Key1';
  // The service refuses one that is longer than the period.
  const longest = policy?.periodSeconds ?? Number.POSITIVE_INFINITY;
  const overlaps = OVERLAPS.filter(({ seconds }) => seconds <= longest);
  return {
    title: `A key of ${name} leaked`,
    explanation:
      'A verified new key is published, then what leaked is regenerated after the overlap you ' +
      'choose. Apps that have not reloaded by then fail until they do.',
    confirm: 'Replace what leaked',
    isDangerous: true,
    fields: [
      {
        name: 'slot',
        label: 'What leaked',
        kind: 'select',
        isRequired: true,
        options: [
          [active, `${active}, the active key`],
          [otherSlot(active), `${otherSlot(active)}, the other key`],
          ['both', 'Both keys'],
        ],
      },
      {
        name: 'overlap',
        label: 'Time for apps to reload',
        kind: 'select',
        isRequired: true,
        options: overlaps.map(({ value, label }) => [value, label]),
      },
      { name: 'overrideHold', label: 'Go ahead in spite of a hold', kind: 'checkbox' },
      REASON,
    ],
    send: async ({ reason, slot, overlap, overrideHold }, idempotencyKey) => {
      const body = { cause: 'compromised', reason, slot, overlap, overrideHold: !!overrideHold };
      await send('POST', `accounts/${path}/rotations`, body, idempotencyKey);
      return `Replacement of the leaked key of ${name} requested.`;
    },
  };
}

/**
 * @param {Account} account
 * @returns {Action}
 */
export function rollback({ name, path, rotation, stale }) {
  return {
    title: `Roll ${name} back`,
    explanation:
      `The previous key (${stale?.fingerprint ?? 'unknown'}) becomes the active one again, with a ` +
      'new full overlap. The key that is active now is regenerated at its end.',
    confirm: 'Roll back',
    isDangerous: true,
    fields: [REASON],
    send: async ({ reason }, idempotencyKey) => {
      const id = encodeURIComponent(rotation?.id ?? '');
      await send('POST', `accounts/${path}/rotations/${id}/rollback`, { reason }, idempotencyKey);
      return `Rollback of ${name} requested.`;
    },
  };
}

/**
 * Freezes one account, or all of them.
 * @param {Account | null} account
 * @returns {Action}
 */
export function hold(account) {
  const whom = account?.name ?? 'all accounts';
  return {
    title: `Hold ${whom}`,
    explanation:
      'No key is regenerated while the hold lasts. New keys on their way are still published, and ' +
      'a key that no longer works is still healed.',
    confirm: 'Hold',
    fields: [REASON, UNTIL],
    send: async ({ reason, until }, idempotencyKey) => {
      const body = { reason, ...(until && { until: new Date(until).toISOString() }) };
      await send('PUT', holdPath(account), body, idempotencyKey);
      return `Hold on ${whom} set.`;
    },
  };
}

/**
 * Ends the hold of one account, or the one for all.
 * @param {Account | null} account
 * @returns {Action}
 */
export function release(account) {
  const whom = account?.name ?? 'all accounts';
  const isHeldWithAll = account?.holds?.some(({ scope }) => scope === 'all');
  return {
    title: `Release ${whom}`,
    explanation: isHeldWithAll
      ? `The account's own hold ends. ${whom} stays held by the hold on all accounts.`
      : 'What the hold kept back goes on at once.',
    confirm: 'Release',
    fields: [{ ...REASON, isRequired: false }],
    send: async ({ reason }, idempotencyKey) => {
      const query = reason ? `?reason=${encodeURIComponent(reason)}` : '';
      const answer = await send('DELETE', holdPath(account) + query, undefined, idempotencyKey);
      const did = answer.released ? `Hold on ${whom} released.` : `${whom} had no hold any more.`;
      return answer.hold ? `${did} The hold on all accounts goes on.` : did;
    },
  };
}

/**
 * Lets rotations begin again.
 * @param {Brake} brake
 * @returns {Action}
 */
export function releaseBrake({ id }) {
  return {
    title: `Release the brake ${id}`,
    explanation:
      'Rotations that were kept from beginning begin with the next ticks. Should as many accounts ' +
      'fail once more, the brake is set again.',
    confirm: 'Release',
    fields: [{ ...REASON, isRequired: false }],
    send: async ({ reason }, idempotencyKey) => {
      const query = reason ? `?reason=${encodeURIComponent(reason)}` : '';
      const path = `brakes/${encodeURIComponent(id)}${query}`;
      const { released } = await send('DELETE', path, undefined, idempotencyKey);
      return released ? `Brake ${id} released.` : `There was no brake ${id} any more.`;
    },
  };
}

/** @param {Account | null} account */
function holdPath(account) {
  return account ? `accounts/${account.path}/hold` : 'hold';
}
