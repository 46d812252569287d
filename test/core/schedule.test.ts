import { describe, expect, it } from 'vitest';
import type { Policy } from '../../shared/core/policy.ts';
import type { Cause } from '../../shared/core/record.ts';
import {
  nextReminderAt,
  remindersDueBy,
  reminderTimes,
  rotationDueAt,
  staggerShare,
} from '../../shared/core/schedule.ts';
import { parseWindow } from '../../shared/core/window.ts';
import {
  DAY,
  givenPolicy,
  givenPublication,
  givenRecord,
  HOUR,
  MINUTE,
  TIMING,
} from './fixtures.ts';

const MONDAY_8 = Date.UTC(2026, 3, 13, 8);

function dueAt(
  createdAt: number,
  policy: Partial<Policy> = {},
  firstAfter?: Cause,
  id = 'a',
): number {
  const active = givenPublication({ createdAt });
  return rotationDueAt(active, firstAfter, id, givenPolicy(policy), TIMING);
}

function accountIds(count: number): string[] {
  return Array.from(
    { length: count },
    (_, n) => `/subscriptions/${n % 7}/resourcegroups/rg-${n % 31}/accounts/cog-${n}`,
  );
}

/** Accounts in each thirtieth of the period. */
function bucketsOf(times: readonly number[], periodMs: number): number[] {
  const buckets = Array.from({ length: 30 }, () => 0);
  for (const time of times) {
    const bucket = Math.floor(((time % periodMs) / periodMs) * 30);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  return buckets;
}

describe('a fleet that was adopted together', () => {
  it('stays spread over the period, however often it has rotated', () => {
    const policy = { periodMs: 30 * DAY };
    const published = accountIds(3_000).map((id) => {
      let at = dueAt(MONDAY_8, policy, 'adoption', id);
      // Each publish comes some minutes after its start, another number for each account and time.
      for (let count = 1; count <= 24; count++) {
        at = dueAt(at + ((id.length * count) % 7) * MINUTE, policy, 'schedule', id);
      }
      return at;
    });
    const buckets = bucketsOf(published, policy.periodMs);
    expect(Math.max(...buckets)).toBeLessThan(150);
    expect(Math.min(...buckets)).toBeGreaterThan(50);
  });
});

describe('a rotation is due', () => {
  it.each([undefined, 'schedule', 'drift', 'manual'] as const)(
    'when the period is over, after a rotation of cause %s',
    (cause) => {
      expect(dueAt(MONDAY_8, { periodMs: 30 * DAY }, cause)).toBe(MONDAY_8 + 30 * DAY);
    },
  );

  it('no sooner than the minimum interval, however short the period', () => {
    expect(dueAt(MONDAY_8, { periodMs: MINUTE })).toBe(MONDAY_8 + 60 * MINUTE);
  });

  it('the first time after an adoption at a moment of the period that is the account’s own', () => {
    const due = accountIds(50).map((id) => dueAt(MONDAY_8, {}, 'adoption', id));
    expect(new Set(due).size).toBe(50);
    for (const at of due) {
      expect(at).toBeGreaterThanOrEqual(MONDAY_8 + 60 * MINUTE);
      expect(at).toBeLessThanOrEqual(MONDAY_8 + 30 * DAY);
    }
  });

  it('in the last opening of its window before the period is over', () => {
    const window = parseWindow('Mon-Fri 08:00-16:00');
    // Ends on a Saturday noon: due on Friday, with time for one look before the window closes.
    expect(dueAt(MONDAY_8 + 4 * HOUR, { window, periodMs: 5 * DAY })).toBe(
      MONDAY_8 + 4 * DAY + 7.75 * HOUR,
    );
  });

  it('never so late in an opening that one look later the window is closed', () => {
    const window = parseWindow('Mon 08:00-09:00');
    const published = MONDAY_8 + 59 * MINUTE;
    expect(dueAt(published, { window, periodMs: 7 * DAY })).toBe(MONDAY_8 + 7 * DAY + 45 * MINUTE);
  });

  it('when the window opens, where the minimum interval ends outside', () => {
    const window = parseWindow('Mon 08:00-09:00');
    expect(dueAt(MONDAY_8 + 30 * MINUTE, { window, periodMs: DAY })).toBe(MONDAY_8 + 7 * DAY);
  });

  it('never after the period is over, wherever a weekly window lies', () => {
    for (let hour = 0; hour < 24 * 14; hour += 5) {
      const createdAt = MONDAY_8 + hour * HOUR;
      const window = parseWindow('Tue 22:00-01:00 Europe/Berlin');
      const due = dueAt(createdAt, { window, periodMs: 14 * DAY });
      expect(due).toBeLessThanOrEqual(createdAt + 14 * DAY);
      expect(due).toBeGreaterThan(createdAt + 6 * DAY);
    }
  });
});

describe('the stagger', () => {
  it('gives an account the same share always, in (0, 1]', () => {
    for (const id of ['', ...accountIds(100)]) {
      expect(staggerShare(id)).toBe(staggerShare(id));
      expect(staggerShare(id)).toBeGreaterThan(0);
      expect(staggerShare(id)).toBeLessThanOrEqual(1);
    }
  });

  it('is the FNV-1a hash of the account’s id', () => {
    expect(staggerShare('')).toBe((0x811c9dc5 + 1) / 2 ** 32);
    expect(staggerShare('a')).toBe((0xe40c292c + 1) / 2 ** 32);
    expect(staggerShare('foobar')).toBe((0xbf9cf968 + 1) / 2 ** 32);
  });

  it('spreads ten thousand accounts evenly over the period', () => {
    const buckets = new Array<number>(30).fill(0);
    for (const id of accountIds(10_000)) {
      const bucket = Math.ceil(staggerShare(id) * 30) - 1;
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // 333 expected in each; six standard deviations is 108.
    expect(Math.min(...buckets)).toBeGreaterThan(225);
    expect(Math.max(...buckets)).toBeLessThan(441);
  });
});

describe('reminders', () => {
  it.each([
    ['a short overlap: at half', HOUR, [0.5 * HOUR]],
    ['two hours: the hour before is half', 2 * HOUR, [HOUR]],
    ['just longer: half, and an hour before', 2 * HOUR + 4, [HOUR + 2, HOUR + 4]],
    ['two days: half is a day before', 2 * DAY, [DAY, 2 * DAY - HOUR]],
    ['a week: half, a day and an hour before', 7 * DAY, [3.5 * DAY, 6 * DAY, 7 * DAY - HOUR]],
  ])('of %s', (_, overlapMs, expected) => {
    expect(reminderTimes(MONDAY_8, MONDAY_8 + overlapMs)).toEqual(
      expected.map((after) => MONDAY_8 + after),
    );
  });

  it('come one after the other, and after the end once a day', () => {
    const [announcedAt, retireAt] = [MONDAY_8, MONDAY_8 + 2 * DAY];
    const next = (reminders: number) =>
      nextReminderAt(givenRecord('overlap', { announcedAt, reminders }), retireAt);
    expect([0, 1, 2, 3].map(next)).toEqual([
      MONDAY_8 + DAY,
      retireAt - HOUR,
      retireAt + DAY,
      retireAt + 2 * DAY,
    ]);
    const short = givenRecord('overlap', { announcedAt, reminders: 2 });
    expect(nextReminderAt(short, announcedAt + HOUR)).toBe(announcedAt + 3 * HOUR);
  });

  it('that were missed count as sent', () => {
    const retireAt = MONDAY_8 + 2 * DAY;
    const due = (at: number) => remindersDueBy(MONDAY_8, retireAt, at);
    expect([MONDAY_8, MONDAY_8 + DAY - 1, MONDAY_8 + DAY].map(due)).toEqual([0, 0, 1]);
    expect([retireAt, retireAt + DAY - 1, retireAt + DAY].map(due)).toEqual([2, 2, 3]);
    expect(due(retireAt + 10 * DAY)).toBe(12);
  });

  it('wait for the announcement', () => {
    const record = givenRecord('overlap', { announcedAt: null });
    expect(nextReminderAt(record, MONDAY_8)).toBeUndefined();
  });
});
