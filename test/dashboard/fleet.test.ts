import { expect, test } from 'vitest';
import { acknowledgedBy, nextOf, stateOf } from '../../shared/dashboard/page/fleet.js';
import { givenAccount, givenDetail } from '../ops/views.ts';

test('only words about the active key count as acknowledgements, the newest first', () => {
  const active = '0123456789ab';
  const acknowledgements = [
    { subscriber: 'billing', fingerprint: 'ba9876543210', at: '2026-01-09T00:00:00.000Z' },
    { subscriber: 'billing', fingerprint: active, at: '2026-01-01T00:00:00.000Z' },
    { subscriber: 'search', fingerprint: active, at: '2026-01-03T00:00:00.000Z' },
  ];
  const found = acknowledgedBy(givenDetail('calm', { fingerprint: active, acknowledgements }));
  expect(found.map(({ subscriber, at }) => [subscriber, at.slice(0, 10)])).toEqual([
    ['search', '2026-01-03'],
    ['billing', '2026-01-01'],
  ]);
});

test.each([
  ['until it is released', null, { at: null, isHeld: true }],
  [
    'beyond the time of the rotation',
    '2026-01-31T00:00:00.000Z',
    { at: '2026-01-31T00:00:00.000Z', isHeld: true },
  ],
  [
    'and ends before the rotation',
    '2026-01-29T00:00:00.000Z',
    { at: '2026-01-30T12:00:00.000Z', isHeld: false },
  ],
])('an idle account that is held %s shows so', (_, until, next) => {
  const hold = { scope: 'account', actor: 'ann', reason: 'audit', until } as const;
  const account = givenAccount('held', { hold });
  expect(stateOf(account).id).toBe('held');
  expect(nextOf(account)).toEqual({ what: 'rotation', ...next });
});

test('a hold for all does not make a keyless account a held one', () => {
  const hold = { scope: 'all', actor: 'ann', reason: 'launch', until: null } as const;
  const posture = { keyAuthentication: false, networkRestricted: false, customSubdomain: true };
  const account = givenAccount('keyless', { hold, posture });
  expect(stateOf(account).id).toBe('keyless');
  expect(nextOf(account)).toBeNull();
});
