import { describe, expect, it } from 'vitest';
import { parseWindow } from '../../../shared/core/window.ts';
import {
  DAY,
  DEAD,
  givenAccount,
  givenHold,
  givenPublication,
  givenQuarantine,
  givenRecord,
  givenRequest,
  givenRotation,
  givenSecret,
  K1,
  K2,
  MINUTE,
  NOW,
  plan,
  QUARANTINE,
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
    const secret = { vaultUrl: 'https://acme.vault.azure.net', name: 'moved' };
    const step = plan({ account: KEYLESS, requests: [keyless([K1])], policy: { secret } });
    expect(step).toMatchObject({ rotation: { secret: { name: 'acme-key' } } });
  });
});
