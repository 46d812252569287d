import { describe, expect, it } from 'vitest';
import { functionTimeoutMs, readHostJson } from '../../../local/host/hostJson.ts';
import { type LogEntry, Logger } from '../../../local/host/logger.ts';
import { messageTexts } from '../../../local/host/queueOutput.ts';
import { retryDelayMs } from '../../../local/host/retry.ts';
import { inherited } from '../../../local/host/spawn.ts';
import { timeSpanMs } from '../../../local/host/timeSpan.ts';

describe('the messages of a queue output', () => {
  it.each([
    ['nothing', undefined, []],
    ['null', null, []],
    ['a string, raw', { string: '[1,2]' }, ['[1,2]']],
    ['an object', { json: '{"a":1}' }, ['{"a":1}']],
    ['an array, one each', { json: '["a",{"b":1},2]' }, ['a', '{"b":1}', '2']],
    ['an empty array', { json: '[]' }, []],
    ['a number', { int: 0 }, ['0']],
    ['bytes', { bytes: Buffer.from('ä') }, ['ä']],
  ])('of %s', (_what, value, expected) => {
    expect(messageTexts(value)).toEqual(expected);
  });
});

it('the host inherits the terminal, without what is set there for the command line', () => {
  const terminal = { PATH: '/bin', TWINKEY_URL: 'x', Twinkey_Function_Key: 'y', MY_TWINKEY_: 'z' };
  expect(inherited(terminal)).toEqual({ PATH: '/bin', MY_TWINKEY_: 'z' });
});

describe('the pause before a retry', () => {
  const fixed = { retryStrategy: 'fixedDelay', delayInterval: { seconds: 2 } } as const;
  const backoff = {
    retryStrategy: 'exponentialBackoff',
    minimumInterval: { seconds: 1 },
    maximumInterval: { seconds: 3 },
  } as const;

  it.each([
    ['without a policy', undefined, 1, undefined],
    ['the last that is allowed', { ...fixed, maxRetryCount: 2 }, 2, 2000],
    ['one more than is allowed', { ...fixed, maxRetryCount: 2 }, 3, undefined],
    ['without end', { ...fixed, maxRetryCount: -1 }, 1000, 2000],
    ['the first with backoff', { ...backoff, maxRetryCount: 5 }, 1, 1000],
    ['the second with backoff', { ...backoff, maxRetryCount: 5 }, 2, 2000],
    ['backoff at its limit', { ...backoff, maxRetryCount: 5 }, 3, 3000],
  ])('%s', (_what, policy, retryCount, expected) => {
    expect(retryDelayMs(policy, retryCount)).toBe(expected);
  });
});

describe('a time span of host.json', () => {
  it.each([
    ['00:00:30', 30_000],
    ['00:10:00', 600_000],
    ['1.02:00:00', 93_600_000],
  ])('%s', (text, expected) => {
    expect(timeSpanMs(text, 'here')).toBe(expected);
  });

  it.each(['30', '00:10', '-00:00:01'])('%s is refused', (text) => {
    expect(() => timeSpanMs(text, 'here')).toThrow('here: expected [days.]hh:mm:ss');
  });

  it('-1 is no function time-out', () => {
    expect(functionTimeoutMs('-1', 'here')).toBeUndefined();
  });
});

describe('an app setting over host.json', () => {
  it('takes the place of what it names, and makes what is not there', async () => {
    const changed = await readHostJson('host.json', {
      AzureFunctionsJobHost__logging__logLevel__Function: 'Error',
      AzureFunctionsJobHost__extensions__http__routePrefix: 'v1',
      UNRELATED: 'value',
    });
    const plain = await readHostJson('host.json', {});
    expect(changed).toEqual({
      ...plain,
      routePrefix: 'v1',
      logLevels: { ...plain.logLevels, Function: 'error' },
    });
  });
});

describe('the log', () => {
  const logged = (levels: Record<string, 'debug' | 'warning' | 'error'>, entry: LogEntry) => {
    const lines: string[] = [];
    new Logger('json', levels, (line) => lines.push(line)).log(entry);
    return lines;
  };
  const entry = (level: LogEntry['level']): LogEntry => ({
    level,
    category: 'user',
    functionName: 'tick',
    message: 'm',
  });

  it('keeps to information when host.json says nothing', () => {
    expect(logged({}, entry('debug'))).toHaveLength(0);
    expect(logged({}, entry('information'))).toHaveLength(1);
  });

  it('obeys the longest category that fits', () => {
    const levels = {
      default: 'error',
      Function: 'warning',
      'Function.tick.User': 'debug',
    } as const;
    expect(logged(levels, entry('debug'))).toHaveLength(1);
    expect(logged(levels, { ...entry('information'), functionName: 'other' })).toHaveLength(0);
    expect(logged(levels, { level: 'warning', category: 'system', message: 'm' })).toHaveLength(0);
  });

  it('writes one JSON object a line', () => {
    const [line = ''] = logged({}, entry('error'));
    expect(JSON.parse(line)).toMatchObject({ level: 'error', functionName: 'tick', message: 'm' });
  });
});
