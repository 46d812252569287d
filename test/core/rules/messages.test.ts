import { describe, expect, it } from 'vitest';
import { parseWindow } from '../../../shared/core/window.ts';
import {
  ACCOUNT_ID,
  DAY,
  DEAD,
  type Given,
  givenAccount,
  givenHold,
  givenQuarantine,
  givenRecord,
  givenRequest,
  givenRotation,
  givenSecret,
  HOUR,
  K1,
  K2,
  MINUTE,
  NOW,
  OTHER,
  plan,
  TIMING,
} from '../fixtures.ts';

/** What people read of a step, in the status, the history, log lines and events; and when. */
type Row = readonly [message: string, given: Given];

const ABSENT = { state: 'absent' } as const;
const DEAD_SECRET = givenSecret({ fingerprint: DEAD });
const KEYLESS = givenAccount({ keyless: true });
const CHANGED = { Key1: K1, Key2: OTHER };
const PAUSE = { setbacks: 1, notBefore: NOW + MINUTE };
const LATE = {
  candidate: {
    slot: 'Key2',
    fingerprint: K2,
    since: NOW - TIMING.verificationLimitMs,
    verified: false,
  },
} as const;
const UNANNOUNCED = { announcedAt: null, retireAt: null, reminders: 0 };
const ENDED = { announcedAt: NOW - 9 * DAY, retireAt: NOW - 8 * DAY, reminders: 10 };
const MISSING = { acknowledgement: 'required', subscribers: ['web', 'mail'] } as const;

function quarantined(place: 'Key1' | 'Key2' | 'vault') {
  return { quarantine: givenQuarantine({ [place]: NOW + MINUTE }) };
}

function leaked(...fingerprints: string[]) {
  return { requests: [givenRequest('compromised', { fingerprints })] };
}

function keyless(...fingerprints: string[]) {
  return { requests: [givenRequest('keyless', { fingerprints })] };
}

const GUARDS: readonly Row[] = [
  ['excluded by the tag key-rotation', { policy: { enabled: false } }],
  [`ARM does not know ${ACCOUNT_ID}`, { account: null }],
  [
    'provisioning state is Creating, expected Succeeded',
    { account: givenAccount({ provisioningState: 'Creating' }) },
  ],
  ['key authentication is switched off: nothing left to rotate', { account: KEYLESS }],
  [
    'another worker is at this account',
    { record: givenRecord('idle', { claim: { worker: 'another', until: NOW + 1 } }) },
  ],
  [
    'Key Vault answered version v0, older than v1, which it had already. If that lasts, the secret was restored from a backup: set its value again as a new version',
    { record: givenRecord('idle', { superseded: ['v0'] }), secret: givenSecret({ id: 'v0' }) },
  ],
  [
    `the secret belongs to the-other, not to ${ACCOUNT_ID}; give each a secret of its own by the tag key-rotation-secret`,
    { secret: givenSecret({ tags: { 'account-id': 'the-other' } }) },
  ],
  [
    "the secret is managed by 'elsewhere', this deployment is 'twinkey-test'",
    { secret: givenSecret({ tags: { 'managed-by': 'elsewhere' } }) },
  ],
  [
    'version v1 has no managed-by tag: tag it as ours, then wait one quarantine',
    { secret: givenSecret({ tags: {} }) },
  ],
  ['the secret is soft-deleted', { secret: { state: 'softDeleted' } }],
  [
    'version v1 is disabled: enable it, or set a new version',
    { secret: givenSecret({ enabled: false, fingerprint: undefined }) },
  ],
  [
    'nothing is known about the account. No key is touched',
    { secretRef: undefined, secret: ABSENT },
  ],
];

const VAULT: readonly Row[] = [
  ['no record: made from what Key Vault says, all quarantines running', { record: null }],
  ['neither record nor secret: a new account', { record: null, secret: ABSENT }],
  [
    'record and secret are gone: begun anew, all quarantines running',
    { record: null, secret: ABSENT, publishedBefore: true },
  ],
  ['no secret yet: verify and publish Key1', { secret: ABSENT }],
  ["the secret's value matches neither key: verify and publish Key1", { secret: DEAD_SECRET }],
  [
    'the newest version v9 holds Key1: overlap with Key2 as stale key',
    { secret: givenSecret({ id: 'v9' }) },
  ],
];

const REQUESTS: readonly Row[] = [
  ['compromised: no slot holds a leaked key any more', leaked(DEAD)],
  ['regenerate Key2, which nobody uses (compromised)', leaked(K1)],
  ['Key2 leaked and nobody uses it: regenerate it at once', leaked(K2)],
  ['Key2 is used by nobody: regenerate it at once', keyless(K2)],
  ['switch key authentication off', keyless(DEAD)],
  [
    'keyless: the previous key was asked back',
    {
      ...keyless(K1),
      record: givenRecord('verifying', {
        rotation: givenRotation({ cause: 'rollback', startedAt: NOW }),
      }),
    },
  ],
  [
    'key authentication is switched off: disable the secret and tell apps',
    { ...keyless(K1), account: KEYLESS },
  ],
  [
    'manual: key authentication is switched off: there is no key to rotate',
    { requests: [givenRequest('manual')], account: KEYLESS },
  ],
  [
    'manual: rotation r1 is under way',
    {
      requests: [givenRequest('manual')],
      record: givenRecord('verifying', { rotation: givenRotation({ requestId: 'manual-1' }) }),
    },
  ],
  [
    'rollback: rotation r1 brings the previous key back',
    {
      requests: [givenRequest('rollback')],
      record: givenRecord('verifying', { rotation: givenRotation({ requestId: 'rollback-1' }) }),
    },
  ],
];

const REGENERATING: readonly Row[] = [
  [
    'a regeneration of Key2 of unknown outcome could still take effect',
    { record: givenRecord('regeneratingStandby', quarantined('Key2')) },
  ],
  [
    'a publish of unknown outcome could still take effect',
    { record: givenRecord('regeneratingStandby', quarantined('vault')) },
  ],
  [
    'regenerate Key2, which nobody uses (schedule), again after a pause: it failed',
    { record: givenRecord('regeneratingStandby', PAUSE) },
  ],
  [
    'regenerate Key2, which nobody uses (schedule), again after a pause: 503',
    {
      record: givenRecord('regeneratingStandby', {
        ...PAUSE,
        trouble: { message: '503', retriable: true },
      }),
    },
  ],
  [
    'regenerate Key2, which nobody uses (schedule)',
    { record: givenRecord('regeneratingStandby', { rotation: null }) },
  ],
  [
    'the window Wed 13:00-14:00 is closed; it goes on when that opens',
    {
      record: givenRecord('regeneratingStandby', { reported: 'WindowClosed' }),
      policy: { window: parseWindow('Wed 13:00-14:00') },
    },
  ],
  ['Key2 has a new value', { record: givenRecord('regeneratingStandby'), keys: CHANGED }],
  ['regenerate the stale key Key2', { record: givenRecord('regeneratingStale') }],
  [
    'Key2 holds another value: the stale key is gone',
    { record: givenRecord('regeneratingStale'), keys: CHANGED },
  ],
  [
    "try the stale key's old value until it is refused",
    { record: givenRecord('regeneratingStale', { retiredAt: NOW }), keys: CHANGED },
  ],
];

const PUBLISHING: readonly Row[] = [
  ['try Key2 on the data plane', { record: givenRecord('verifying') }],
  ['verify Key2', { record: givenRecord('verifying', { candidate: null }) }],
  [
    'Key2 changed once more: verify its new value',
    { record: givenRecord('verifying'), keys: CHANGED },
  ],
  [
    'Key2 holds another value: the previous key is gone',
    {
      record: givenRecord('verifying', { rotation: givenRotation({ cause: 'rollback' }) }),
      keys: CHANGED,
    },
  ],
  [
    'Key2 was not accepted within the verification limit; it is tried again, the keys stay as they are',
    { record: givenRecord('verifying', LATE) },
  ],
  [
    'Key2 was not accepted within the verification limit; the rollback is given up',
    {
      record: givenRecord('verifying', { ...LATE, rotation: givenRotation({ cause: 'rollback' }) }),
    },
  ],
  ['publish Key2 (222222222222)', { record: givenRecord('publishing') }],
  [
    'a publish of unknown outcome could still take effect',
    { record: givenRecord('publishing', quarantined('vault')) },
  ],
];

const OVERLAP: readonly Row[] = [
  [
    'tell every app that the new key is in Key Vault',
    { record: givenRecord('overlap', UNANNOUNCED) },
  ],
  [
    'tell every app that the new key is in Key Vault (503)',
    {
      record: givenRecord('overlap', {
        ...UNANNOUNCED,
        trouble: { message: '503', retriable: true },
      }),
    },
  ],
  ['both keys are valid; apps have time to reload', { record: givenRecord('overlap') }],
  [
    'both keys are valid; apps have time to reload; 503',
    {
      record: givenRecord('overlap', {
        notBefore: NOW + HOUR,
        trouble: { message: '503', retriable: true, telling: true },
      }),
    },
  ],
  ['remind apps to reload', { record: givenRecord('overlap', { reminders: 0 }) }],
  ['tell apps that the stale key ends sooner', { record: givenRecord('overlap'), ...leaked(K2) }],
  [
    'web, mail did not acknowledge within the limit; the stale key stays until they do, or their names are taken off the list',
    {
      record: givenRecord('overlap', { ...ENDED, reported: 'AcknowledgementOverdue' }),
      policy: MISSING,
    },
  ],
  [
    'web, mail did not acknowledge; the stale key stays until they do',
    { record: givenRecord('overlap', { ...ENDED, retireAt: NOW - DAY }), policy: MISSING },
  ],
];

const IDLE: readonly Row[] = [
  ['the active key is young enough', {}],
  ['held by Grace until released: release week', { holds: [givenHold()], ...keyless(DEAD) }],
];

describe('a step says in plain words', () => {
  it.each([...GUARDS, ...VAULT, ...REQUESTS, ...REGENERATING, ...PUBLISHING, ...OVERLAP, ...IDLE])(
    '%s',
    (message, given) => {
      expect(plan(given).message).toBe(message);
    },
  );
});
