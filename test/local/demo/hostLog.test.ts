import { describe, expect, it } from 'vitest';
import { parseHostLine } from '../../../local/demo/hostLog.ts';

function line(message: string, level = 'information'): string {
  return JSON.stringify({ time: '2026-01-02T03:04:05.678Z', level, category: 'user', message });
}

describe('parseHostLine', () => {
  it('reads a step without the properties that follow it', () => {
    const message =
      "step Publishing /subscriptions/s/x/accounts/vision: publish Key2 (0123456789ab) { name: 'step' }";
    expect(parseHostLine(line(message))).toEqual({
      time: '03:04:05',
      account: 'vision',
      reason: 'Publishing',
      message: 'publish Key2 (0123456789ab)',
      level: 'information',
    });
  });

  it('reads a problem that concerns no account', () => {
    const message = 'problem ObservationIncomplete: accounts could not all be discovered';
    expect(parseHostLine(line(message, 'warning'))).toMatchObject({
      account: '',
      reason: 'ObservationIncomplete',
      message: 'accounts could not all be discovered',
      level: 'warning',
    });
  });

  it('shows what the host itself complains of', () => {
    expect(parseHostLine(line('Executed (Failed)\n  at handler', 'error'))).toMatchObject({
      account: 'host',
      reason: 'HostError',
      message: 'Executed (Failed) at handler',
    });
  });

  it.each([
    ['passes', line('pass NotDue /subscriptions/s/accounts/vision: young enough')],
    ['the host at work', line('Executed (Succeeded)')],
    ['text that is not JSON', 'Debugger attached.'],
    ['JSON that is no entry', 'null'],
  ])('skips %s', (_name, text) => {
    expect(parseHostLine(text)).toBeUndefined();
  });
});
