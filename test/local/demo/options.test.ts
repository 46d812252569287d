import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from '../../../local/demo/options.ts';

describe('parseOptions', () => {
  it('runs for good, without faults, on the usual port when nothing is said', () => {
    expect(parseOptions([])).toEqual({
      once: false,
      json: false,
      faults: false,
      bundle: false,
      port: 7071,
      armPort: 0,
      vaultPort: 0,
    });
  });

  it('takes what is said', () => {
    const args = [
      '--once',
      '--json',
      '--faults',
      '--bundle',
      '--port',
      '0',
      '--arm-port',
      '8443',
      '--vault-port',
      '0',
    ];
    expect(parseOptions(args)).toEqual({
      once: true,
      json: true,
      faults: true,
      bundle: true,
      port: 0,
      armPort: 8443,
      vaultPort: 0,
    });
  });

  it('prefers help to everything else', () => {
    expect(parseOptions(['--port', 'x', '--help'])).toBe('help');
  });

  it.each([
    ['an unknown option', ['--twice'], '--twice'],
    ['an argument that is no option', ['once'], 'once'],
    ['a port that is no number', ['--port', 'http'], "found 'http'"],
    ['a port past the last', ['--arm-port', '65536'], "found '65536'"],
    ['one port for two servers', ['--arm-port', '7071'], 'found 7071 twice'],
    ['--json for a run without an end', ['--json'], '--once'],
  ])('refuses %s, naming it', (_name, args, named) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(named);
  });
});
