import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../shared/core/facts.ts';
import type { RotationRecord } from '../../../shared/core/record.ts';
import { endKeys, keysSwitchedOff } from '../../../shared/core/rules/keyless.ts';
import { parseWindow } from '../../../shared/core/window.ts';
import {
  AT,
  CHECK,
  DAY,
  DEAD,
  givenAccount,
  givenHold,
  givenObservation,
  givenPublication,
  givenQuarantine,
  givenRecord,
  givenRequest,
  givenRotation,
  givenSecret,
  JUST_BEFORE,
  K1,
  K2,
  MINUTE,
  NOW,
  plan,
  QUARANTINE,
  SECRET,
  TIMING,
} from '../fixtures.ts';

const KEYLESS = givenAccount({ keyless: true });
const OLD = givenSecret({ createdAt: NOW - 40 * DAY });
const OLD_ACTIVE = givenPublication({ createdAt: NOW - 40 * DAY });
const CLAIM = { worker: 'another', until: NOW + MINUTE };

function keyless(fingerprints: string[]) {
  return givenRequest('keyless', { fingerprints });
}

describe('a keyless request', () => {
  it('begins with a rotation while the active key is one that apps could have had', () => {
    for (const fingerprints of [[K1], [K1, K2]]) {
      expect(plan({ requests: [keyless(fingerprints)] })).toMatchObject({
        do: 'regenerate',
        reason: 'KeylessRequested',
        slot: 'Key2',
        intent: {
          phase: 'regeneratingStandby',
          rotation: { id: 'fresh', cause: 'keyless', requestId: 'keyless-1', actor: 'Ada' },
        },
      });
    }
  });

  it('regenerates a standby key alone when only that one is known', () => {
    expect(plan({ requests: [keyless([K2])] })).toMatchObject({
      do: 'regenerate',
      slot: 'Key2',
      intent: { phase: 'regeneratingStale', stale: { slot: 'Key2', fingerprint: K2 } },
    });
  });

  it('switches key authentication off when no slot holds a known value any more', () => {
    expect(plan({ requests: [keyless([DEAD])] })).toMatchObject({
      do: 'disableKeys',
      reason: 'KeylessRequested',
      requestId: 'keyless-1',
      actor: 'Ada',
    });
  });

  it.each([
    'regeneratingStandby',
    'verifying',
    'publishing',
    'overlap',
    'regeneratingStale',
  ] as const)('lets a rotation in phase %s go on to its end', (phase) => {
    const record = givenRecord(phase);
    for (const listed of [[DEAD], [K1, K2]]) {
      expect(plan({ record, requests: [keyless(listed)] })).toEqual(plan({ record }));
    }
  });

  it('does not shorten an overlap', () => {
    const record = givenRecord('overlap', { retireAt: NOW + MINUTE, reminders: 2 });
    expect(plan({ record, requests: [keyless([K1, K2])] })).toMatchObject({
      do: 'wait',
      until: NOW + MINUTE,
    });
  });

  it('waits for a hold, for the window, and for what could still take effect', () => {
    const requests = [keyless([DEAD])];
    expect(plan({ requests, holds: [givenHold()] })).toMatchObject({
      do: 'report',
      reason: 'Held',
      rotation: { id: 'keyless-1', cause: 'keyless' },
    });
    const window = parseWindow('Thu 08:00-09:00');
    expect(plan({ requests, policy: { window } }).reason).toBe('WindowClosed');
    for (const place of ['Key1', 'Key2', 'vault'] as const) {
      const quarantine = givenQuarantine({ [place]: NOW + QUARANTINE });
      expect(plan({ requests, record: givenRecord('idle', { quarantine }) })).toMatchObject({
        do: 'wait',
        reason: 'InQuarantine',
        until: NOW + QUARANTINE,
      });
    }
  });

  it('pauses after a refused switch, and people hear of one that needs them', () => {
    const requests = [keyless([DEAD])];
    const trouble = { message: '403 AuthorizationFailed', retriable: false };
    const pausing = givenRecord('idle', { setbacks: 1, notBefore: NOW + MINUTE, trouble });
    expect(plan({ requests, record: pausing })).toMatchObject({
      do: 'wait',
      reason: 'CallFailed',
      until: NOW + MINUTE,
      attention: true,
    });
    const over = { ...pausing, notBefore: NOW };
    expect(plan({ requests, record: over })).toMatchObject({
      do: 'report',
      event: 'rotationFailed',
      reason: 'CallFailed',
    });
    expect(plan({ requests, record: { ...over, reported: 'CallFailed' } }).do).toBe('disableKeys');
  });

  it('is over when somebody asks the previous key back after it', () => {
    const asked = (startedAt: number) =>
      plan({
        record: givenRecord('verifying', {
          rotation: givenRotation({ cause: 'rollback', startedAt }),
        }),
        requests: [keyless([K1, K2])],
      });
    expect(asked(NOW)).toMatchObject({ do: 'closeRequest', reason: 'RequestRefused' });
    expect(asked(NOW - MINUTE)).toMatchObject({ do: 'closeRequest' });
    expect(asked(NOW - MINUTE - 1).do).not.toBe('closeRequest');
  });

  it('lets a leak and a manual rotation go first, and after a refusal what is due', () => {
    const leaked = givenRequest('compromised', { fingerprints: [K1] });
    expect(plan({ requests: [keyless([DEAD]), leaked] }).reason).toBe('KeyCompromised');
    const manual = plan({ requests: [keyless([DEAD]), givenRequest('manual')] });
    expect(manual.reason).toBe('RotationRequested');
    const requests = [keyless([DEAD])];
    const due = { secret: OLD, record: givenRecord('idle', { active: OLD_ACTIVE }), requests };
    expect(plan(due).do).toBe('disableKeys');
    const trouble = { message: '403', retriable: false };
    const refused = { ...due.record, trouble, reported: 'CallFailed' };
    expect(plan({ ...due, record: refused }).reason).toBe('Due');
  });
});

describe('the switch', () => {
  const requests = [keyless([DEAD])];
  const sent = (overrides: Partial<RotationRecord> = {}) =>
    givenRecord('idle', {
      switching: { requestId: 'keyless-1', at: NOW - QUARANTINE, seen: false },
      ...overrides,
    });
  const reported = 'CallFailed';

  it('is written down before it is sent', () => {
    expect(plan({ requests })).toMatchObject({
      intent: { switching: { requestId: 'keyless-1', at: NOW, seen: false } },
    });
  });

  it('is given one quarantine to take effect', () => {
    const step = plan({ requests, record: sent(), now: NOW - 1 });
    expect(step).toMatchObject({
      do: 'wait',
      reason: 'InQuarantine',
      until: NOW,
      attention: false,
      message: 'key authentication is being switched off',
    });
  });

  it('that changed nothing is told once, then sent again', () => {
    const message = expect.stringContaining('the account still takes keys');
    expect(plan({ requests, record: sent() })).toMatchObject({
      do: 'report',
      event: 'rotationFailed',
      reason: 'CallFailed',
      message,
      rotation: { id: 'keyless-1', startedAt: NOW, secret: SECRET, overlapMs: 2 * DAY },
    });
    expect(plan({ requests, record: sent({ reported }) })).toMatchObject({
      do: 'disableKeys',
      intent: { switching: { requestId: 'keyless-1', at: NOW, seen: false } },
    });
    expect(plan({ requests, record: sent({ reported }), now: NOW - 1 })).toMatchObject({
      do: 'wait',
      reason: 'CallFailed',
      until: NOW,
      attention: true,
      message: expect.stringMatching(/^key authentication is being switched off; ARM was asked/),
    });
  });

  it('of another request says nothing of this one', () => {
    const former = { requestId: 'keyless-0', at: NOW, seen: true };
    expect(plan({ requests, record: sent({ switching: former }) }).do).toBe('disableKeys');
  });

  it('that somebody took back after it was seen is not turned again', () => {
    const switching = { requestId: 'keyless-1', at: NOW, seen: true };
    expect(plan({ requests, record: sent({ switching }) })).toMatchObject({
      do: 'closeRequest',
      reason: 'RequestRefused',
      message: 'keyless: somebody switched key authentication on again',
    });
  });

  it('is not turned where the deployment does not permit it any more', () => {
    expect(plan({ requests, keylessPermitted: false })).toMatchObject({
      do: 'closeRequest',
      reason: 'RequestRefused',
      message: 'keyless: the deployment does not permit it any more',
    });
  });

  it('is for a keyless request alone', () => {
    const facts = factsOf(givenObservation({ requests: [givenRequest('manual')] }), TIMING);
    expect(facts && endKeys(facts)).toBeUndefined();
  });
});

describe('who acknowledged the new key without being known to use one', () => {
  const requests = [{ ...keyless([DEAD]), users: ['web'] }];
  const acknowledged = (fingerprint: string, ...subscribers: string[]) =>
    subscribers.map((subscriber) => ({ subscriber, fingerprint, at: NOW }));
  const told = givenRecord('idle', { reported: 'KeysStillUsed' });

  it('keeps key authentication on, and people hear of it once', () => {
    const acknowledgements = acknowledged(K1, 'web', 'mail', 'batch');
    expect(plan({ requests, acknowledgements })).toMatchObject({
      do: 'report',
      event: 'rotationDelayed',
      reason: 'KeysStillUsed',
      message: expect.stringMatching(/^mail, batch acknowledged the new key/),
    });
    expect(plan({ requests, acknowledgements, record: told })).toMatchObject({
      do: 'wait',
      until: NOW + CHECK,
      attention: true,
    });
  });

  it('does not, if it is known or has another key', () => {
    const known = [...acknowledged(K1, 'web'), ...acknowledged(DEAD, 'mail')];
    expect(plan({ requests, acknowledgements: known }).do).toBe('disableKeys');
  });

  it.each([
    [JUST_BEFORE, 'wait', 'KeysStillUsed'],
    [AT, 'regenerate', 'Due'],
  ])('keeps no rotation from starting: %s ms from its due time: %s', (offset, step, reason) => {
    const createdAt = NOW - 30 * DAY - offset;
    const record = { ...told, active: givenPublication({ createdAt }) };
    const acknowledgements = acknowledged(K1, 'mail');
    const secret = givenSecret({ createdAt });
    const planned = plan({ requests, acknowledgements, record, secret });
    expect(planned).toMatchObject({ do: step, reason });
    if (planned.do === 'wait') expect(planned.until).toBe(NOW + 1);
  });
});

describe('once key authentication is off', () => {
  it('a keyless request is finished, whoever turned the switch', () => {
    for (const phase of ['idle', 'overlap', 'publishing'] as const) {
      const record = givenRecord(phase);
      expect(plan({ account: KEYLESS, record, requests: [keyless([K1])] })).toMatchObject({
        do: 'finishKeyless',
        reason: 'Keyless',
        rotation: { id: 'keyless-1', cause: 'keyless', actor: 'Ada', requestId: 'keyless-1' },
      });
    }
  });

  it('any other request is refused, but a leak is left for when keys are on again', () => {
    const leak = [givenRequest('compromised')];
    expect(plan({ account: KEYLESS, requests: leak }).reason).toBe('Keyless');
    const requests = [givenRequest('compromised'), givenRequest('manual')];
    expect(plan({ account: KEYLESS, requests })).toMatchObject({
      do: 'closeRequest',
      reason: 'RequestRefused',
      requestId: 'manual-1',
    });
  });

  it('nothing is left to do without a request', () => {
    expect(plan({ account: KEYLESS })).toMatchObject({ do: 'wait', reason: 'Keyless' });
  });

  it('another worker, a missing record and an unreadable one are left alone', () => {
    const requests = [keyless([K1])];
    const record = givenRecord('idle', { claim: CLAIM });
    expect(plan({ account: KEYLESS, requests, record }).do).toBe('wait');
    expect(plan({ account: KEYLESS, requests, record: null }).do).toBe('wait');
    expect(plan({ account: KEYLESS, requests, unreadable: ['record'] }).do).toBe('wait');
  });

  it('the secret that is disabled is the one that holds the key, also when the policy moved it', () => {
    const moved = { ...SECRET, name: 'moved' };
    const given = { account: KEYLESS, requests: [keyless([K1])], secretRef: moved };
    expect(plan(given)).toMatchObject({ rotation: { secret: SECRET } });
    const record = givenRecord('idle', { active: null });
    expect(plan({ ...given, record })).toMatchObject({ rotation: { secret: moved } });
  });

  it('nothing is disabled while the policy or the place of the secret is not known', () => {
    const given = { account: KEYLESS, requests: [keyless([K1])] };
    const policyReading = { ok: false, problems: [] } as const;
    expect(keysSwitchedOff(givenObservation({ ...given, policyReading }))).toBeUndefined();
    expect(keysSwitchedOff(givenObservation({ ...given, secretRef: undefined }))).toBeUndefined();
  });
});
