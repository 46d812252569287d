import { describe, expect, it } from 'vitest';
import { NEVER, Schedule } from '../../../local/host/schedule.ts';

const at = (text: string) => Date.parse(text);
const schedule = (expression: string) => new Schedule(expression, 'Function "f"');
const NINE = at('2026-01-01T09:00:00Z');

describe('a schedule', () => {
  it('comes round strictly after the moment asked about', () => {
    const hourly = schedule('0 0 * * * *');
    expect(hourly.nextAfter(NINE - 1)).toBe(NINE);
    expect(hourly.nextAfter(NINE)).toBe(NINE + 3_600_000);
    expect(hourly.nextAfter(NINE + 1)).toBe(NINE + 3_600_000);
  });

  it.each([
    ['59 seconds', '*/30 * * * * *', false],
    ['a minute', '0 * * * * *', true],
    ['a day', '0 30 4 * * *', true],
  ])('of about %s is monitored: %s → %s', (_pace, expression, isMonitored) => {
    expect(schedule(expression).isMonitored(NINE)).toBe(isMonitored);
  });

  it.each([
    ['0 0 * * *', 'found 5 fields'],
    ['@daily', 'found 1 fields'],
    ['0 0 0 L * *', 'found "L" for day'],
    ['0 0 0 1 * MON', 'a day together with a day of week'],
    ['0 61 * * * *', 'expected a schedule of six fields'],
  ])('%s is refused', (expression, reason) => {
    expect(() => schedule(expression)).toThrow(reason);
  });

  it('begins with nothing missed', () => {
    expect(schedule('0 0 * * * *').initialStatus(NINE + 1)).toEqual({
      Last: NEVER,
      Next: '2026-01-01T10:00:00.000Z',
      LastUpdated: '2026-01-01T09:00:00.001Z',
    });
  });

  it('that was changed while the host was down is counted anew from the last run', () => {
    const stored = schedule('0 0 * * * *').initialStatus(NINE);
    expect(schedule('0 */10 * * * *').resumedStatus(stored).Next).toBe('2026-01-01T09:10:00.000Z');
    const afterRun = { ...stored, Last: '2026-01-01T12:00:00.000Z' };
    expect(schedule('0 */10 * * * *').resumedStatus(afterRun).Next).toBe(
      '2026-01-01T12:10:00.000Z',
    );
  });

  it.each([
    ['a little early', NINE - 1000, '10:00:00'],
    ['much earlier than planned', NINE - 1001, '09:00:00'],
    ['on time', NINE, '10:00:00'],
    ['two occurrences late', NINE + 2 * 3_600_000, '12:00:00'],
  ])('goes on after a run that came %s', (_when, ranAt, next) => {
    const hourly = schedule('0 0 * * * *');
    const status = { ...hourly.initialStatus(NINE - 1), Next: '2026-01-01T09:00:00.000Z' };
    expect(hourly.statusAfterRun(status, ranAt).Next).toBe(`2026-01-01T${next}.000Z`);
  });
});
