import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { isOpen, lastStart, nextOpen, parseWindow } from '../../shared/core/window.ts';
import { HOUR, MINUTE } from './fixtures.ts';

const BERLIN = 'Europe/Berlin';

function given(text: string) {
  const window = parseWindow(text);
  if (!window) throw new Error(`not a window: ${text}`);
  return window;
}

/** Wall-clock time as epoch ms. */
function at(text: string, zone = 'UTC'): number {
  return DateTime.fromISO(text, { zone }).toMillis();
}

describe('a window is parsed', () => {
  it.each([
    ['08:00-16:00', [1, 2, 3, 4, 5, 6, 7], 480, 960, 'UTC'],
    ['Mon-Fri 08:00-16:00 Europe/Berlin', [1, 2, 3, 4, 5], 480, 960, BERLIN],
    ['  mon-fri 08:00-16:00 Europe/Berlin ', [1, 2, 3, 4, 5], 480, 960, BERLIN],
    ['Mon-Fri  08:00-16:00 \t Europe/Berlin', [1, 2, 3, 4, 5], 480, 960, BERLIN],
    ['Sat,Sun 00:00-24:00', [6, 7], 0, 1440, 'UTC'],
    ['Fri-Mon 22:00-02:00', [1, 5, 6, 7], 1320, 120, 'UTC'],
    ['Mon,Wed-Thu,SUN 23:59-00:00', [1, 3, 4, 7], 1439, 0, 'UTC'],
    ['Tue-Tue 00:00-00:01', [2], 0, 1, 'UTC'],
    ['Sun,Sun 00:00-00:01', [7], 0, 1, 'UTC'],
  ])('%s', (text, days, startMinute, endMinute, zone) => {
    expect(parseWindow(text)).toEqual({ text: text.trim(), days, startMinute, endMinute, zone });
  });

  it.each([
    '',
    'always',
    'Mon-Fri',
    '8:00-16:00',
    '08:00',
    '08:00-08:00',
    '24:00-08:00',
    '08:00-24:01',
    '08:00-25:00',
    '08:60-16:00',
    '08:00-16:60',
    'Foo 08:00-16:00',
    'Mon-Foo 08:00-16:00',
    'Mon-Wed-Fri 08:00-16:00',
    'Mon, Tue 08:00-16:00',
    'Mon - Fri 08:00-16:00',
    '08:00-16:00 Europe/Atlantis',
    '08:00-16:00 Europe/Berlin please',
    '08:00-16:00,20:00-22:00',
  ])("'%s' is not a window", (text) => {
    expect(parseWindow(text)).toBeUndefined();
  });
});

describe('a window is open from its start until just before its end', () => {
  it.each([
    ['Mon-Fri 08:00-16:00', '2026-04-15T07:59:59.999', false],
    ['Mon-Fri 08:00-16:00', '2026-04-15T08:00', true],
    ['Mon-Fri 08:00-16:00', '2026-04-15T15:59:59.999', true],
    ['Mon-Fri 08:00-16:00', '2026-04-15T16:00', false],
    ['Mon-Fri 08:00-16:00', '2026-04-18T12:00', false],
    // Past midnight: Friday's opening lasts into Saturday, Saturday has none of its own.
    ['Fri 22:00-02:00', '2026-04-17T21:59:59.999', false],
    ['Fri 22:00-02:00', '2026-04-17T22:00', true],
    ['Fri 22:00-02:00', '2026-04-18T01:59:59.999', true],
    ['Fri 22:00-02:00', '2026-04-18T02:00', false],
    ['Fri 22:00-02:00', '2026-04-17T01:00', false],
    ['00:00-24:00', '2026-04-15T23:59:59.999', true],
    ['Wed 00:00-24:00', '2026-04-16T00:00', false],
  ])('%s at %s: %s', (text, time, open) => {
    expect(isOpen(given(text), at(time))).toBe(open);
  });

  it('without a window it is always open', () => {
    expect(isOpen(undefined, 0)).toBe(true);
    expect(nextOpen(undefined, 17)).toBe(17);
    expect(lastStart(undefined, 17, HOUR)).toBe(17);
  });
});

describe('a window follows the daylight saving of its zone', () => {
  it.each([
    // 2026-03-29: 02:00 becomes 03:00. 2026-10-25: 03:00 becomes 02:00.
    ['Mon-Sun 08:00-09:00 Europe/Berlin', '2026-03-28T07:00:00Z', true],
    ['Mon-Sun 08:00-09:00 Europe/Berlin', '2026-03-29T05:59:59.999Z', false],
    ['Mon-Sun 08:00-09:00 Europe/Berlin', '2026-03-29T06:00:00Z', true],
    ['Mon-Sun 08:00-09:00 Europe/Berlin', '2026-03-29T07:00:00Z', false],
    ['Mon-Sun 08:00-09:00 Europe/Berlin', '2026-10-24T06:00:00Z', true],
    ['Mon-Sun 08:00-09:00 Europe/Berlin', '2026-10-25T06:00:00Z', false],
    ['Mon-Sun 08:00-09:00 Europe/Berlin', '2026-10-25T07:00:00Z', true],
    // The hour that comes twice belongs to the window both times.
    ['Sun 02:00-03:00 Europe/Berlin', '2026-10-25T00:00:00Z', true],
    ['Sun 02:00-03:00 Europe/Berlin', '2026-10-25T01:30:00Z', true],
    ['Sun 02:00-03:00 Europe/Berlin', '2026-10-25T02:00:00Z', false],
    // An opening in the hour that is skipped does not take place.
    ['Sun 02:30-03:00 Europe/Berlin', '2026-03-29T01:15:00Z', false],
    ['Sun 02:00-03:00 Europe/Berlin', '2026-03-29T01:00:00Z', false],
  ])('%s at %s: %s', (text, time, open) => {
    expect(isOpen(given(text), at(time))).toBe(open);
  });

  it('a weekly opening that daylight saving skips is awaited for two weeks, not for ever', () => {
    const window = given('Sun 02:30-03:00 Europe/Berlin');
    const closing = at('2026-03-22T03:00', BERLIN);
    expect(nextOpen(window, closing)).toBe(at('2026-04-05T02:30', BERLIN));
    const beforeNext = at('2026-04-05T02:29', BERLIN);
    expect(lastStart(window, beforeNext, MINUTE)).toBe(at('2026-03-22T02:59', BERLIN));
    const newYork = given('Sun 02:30-03:00 America/New_York');
    const closingThere = at('2026-03-01T03:00', 'America/New_York');
    expect(nextOpen(newYork, closingThere)).toBe(at('2026-03-15T02:30', 'America/New_York'));
    // Here it is still Thursday in UTC.
    const jerusalem = given('Fri 02:30-03:00 Asia/Jerusalem');
    const beforeNextThere = at('2026-04-03T02:29', 'Asia/Jerusalem');
    expect(lastStart(jerusalem, beforeNextThere, MINUTE)).toBe(
      at('2026-03-20T02:59', 'Asia/Jerusalem'),
    );
    // Here it is Thursday again while it is still the same week, which begins on Thursday in UTC.
    const tehran = given('Thu 00:00-01:00 Asia/Tehran');
    const closingInTehran = at('2018-03-15T02:00', 'Asia/Tehran');
    expect(nextOpen(tehran, closingInTehran)).toBe(at('2018-03-29T00:00', 'Asia/Tehran'));
  });

  it('an opening of which daylight saving leaves nothing is none to wait for', () => {
    const window = given('Sun 02:00-03:00 Europe/Berlin');
    const closing = at('2026-03-22T03:00', BERLIN);
    expect(nextOpen(window, closing)).toBe(at('2026-04-05T02:00', BERLIN));
  });

  it('an opening over the night of the change ends by the wall clock', () => {
    const window = given('Sat 22:00-06:00 Europe/Berlin');
    const opening = at('2026-03-28T22:00', BERLIN);
    expect(isOpen(window, opening + 7 * HOUR - 1)).toBe(true);
    expect(isOpen(window, opening + 7 * HOUR)).toBe(false);
  });
});

describe('the next opening', () => {
  it.each([
    ['2026-04-17T15:59:59.999', '2026-04-17T15:59:59.999'],
    ['2026-04-17T16:00', '2026-04-20T08:00'],
    ['2026-04-20T07:59:59.999', '2026-04-20T08:00'],
    ['2026-04-20T08:00', '2026-04-20T08:00'],
  ])('of Mon-Fri 08:00-16:00 from %s is %s', (from, expected) => {
    expect(nextOpen(given('Mon-Fri 08:00-16:00'), at(from))).toBe(at(expected));
  });
});

describe('the last start with room', () => {
  it.each([
    ['2026-04-15T12:00', '2026-04-15T12:00'],
    ['2026-04-15T15:45', '2026-04-15T15:45'],
    ['2026-04-15T15:45:00.001', '2026-04-15T15:45'],
    ['2026-04-15T16:00', '2026-04-15T15:45'],
    ['2026-04-16T07:59:59.999', '2026-04-15T15:45'],
    ['2026-04-16T08:00', '2026-04-16T08:00'],
    ['2026-04-19T12:00', '2026-04-17T15:45'],
  ])('of Mon-Fri 08:00-16:00 up to %s is %s', (to, expected) => {
    expect(lastStart(given('Mon-Fri 08:00-16:00'), at(to), 15 * MINUTE)).toBe(at(expected));
  });

  it('of an opening shorter than the room is its start', () => {
    const window = given('Mon 08:00-08:05');
    expect(lastStart(window, at('2026-04-15T12:00'), HOUR)).toBe(at('2026-04-13T08:00'));
  });
});
