import { expect, test } from 'vitest';
import { acknowledgedBy } from '../../shared/dashboard/page/fleet.js';
import { givenDetail } from '../ops/views.ts';

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
