import { expect, test } from 'vitest';
import { aheadUntil } from '../../shared/api/ahead.ts';
import { toCalendar } from '../../shared/api/calendar.ts';
import type { AccountStatus } from '../../shared/service/statusPorts.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const DAY = 86_400_000;

function givenStatus(changes: Partial<AccountStatus>): AccountStatus {
  return {
    accountId: '/subscriptions/s/resourcegroups/g/providers/p/accounts/lang',
    name: 'lang',
    kind: 'TextAnalytics',
    phase: 'idle',
    cause: null,
    rotationId: null,
    activeSlot: 'Key1',
    fingerprint: '0123456789ab',
    publishedAt: NOW,
    staleFingerprint: null,
    retireAt: null,
    secretUrl: null,
    lastRotationId: null,
    reason: 'NotDue',
    message: 'young',
    attention: false,
    nextCheckAt: NOW,
    nextStepAt: NOW + 10 * DAY,
    dueAt: null,
    trouble: null,
    workedAt: {},
    lookedAt: 1,
    policy: null,
    missingSubscribers: [],
    keyless: false,
    networkRestricted: null,
    customSubdomain: true,
    updatedAt: NOW,
    ...changes,
  };
}

function calendar(statuses: AccountStatus[], days?: number): string {
  return toCalendar(statuses, 'prod', aheadUntil(NOW, days))
    .replaceAll('\r\n ', '')
    .replaceAll('\r\n\t', '');
}

test('shows when a key is due, and when a stale key ends', () => {
  const overlap = { phase: 'overlap', reason: 'InOverlap', retireAt: NOW + 2 * DAY } as const;
  const text = calendar([
    givenStatus({}),
    givenStatus({ ...overlap, staleFingerprint: 'ffffffffffff' }),
  ]);
  expect(text.match(/^(SUMMARY|DTSTART):.*$/gm)).toEqual([
    'SUMMARY:lang: end of the old key ffffffffffff',
    'DTSTART:20260107T120000Z',
    'SUMMARY:lang: key rotation',
    'DTSTART:20260115T120000Z',
  ]);
});

test('leaves out what comes later than asked for', () => {
  expect(calendar([givenStatus({})], 10)).toContain('BEGIN:VEVENT');
  expect(calendar([givenStatus({})], 9)).not.toContain('BEGIN:VEVENT');
});

test('is a calendar even when nothing is ahead', () => {
  expect(calendar([])).toMatch(/^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n[\s\S]*END:VCALENDAR/);
  expect(
    calendar([givenStatus({ reason: 'Held' }), givenStatus({ nextStepAt: null })]),
  ).not.toContain('VEVENT');
});

test('escapes what people wrote', () => {
  const message = 'a;b,c\\d\nEND:VEVENT\r\nBEGIN:VEVENT <script>';
  const text = calendar([givenStatus({ message })]);
  expect(text.match(/^BEGIN:VEVENT/gm)).toHaveLength(1);
  expect(text.match(/^END:VEVENT/gm)).toHaveLength(1);
});

test('an event keeps its id while its moment moves', () => {
  const uid = (nextStepAt: number) =>
    /^UID:.*$/m.exec(calendar([givenStatus({ nextStepAt })]))?.[0];
  expect(uid(NOW + DAY)).toBe(uid(NOW + 2 * DAY));
});
