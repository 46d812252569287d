import { describe, expect, it } from 'vitest';
import { backoffMs, DEFAULT_TIMING, timingProblems } from '../../shared/core/timing.ts';
import { MINUTE, SECOND } from './fixtures.ts';

describe('time limits are validated together', () => {
  it('the defaults are safe', () => {
    expect(timingProblems(DEFAULT_TIMING)).toEqual([]);
  });

  it('the defaults are these', () => {
    expect(DEFAULT_TIMING).toEqual({
      sendWithinMs: 60_000,
      callTimeoutMs: 30_000,
      clockSkewMs: 300_000,
      quarantineMs: 900_000,
      claimMs: 180_000,
      probeIntervalMs: 10_000,
      verificationLimitMs: 900_000,
      settlingDelayMs: 300_000,
      minimumIntervalMs: 3_600_000,
      checkIntervalMs: 900_000,
    });
  });

  it.each([
    [390 * SECOND, 1],
    [390 * SECOND + 1, 0],
  ])(
    'a quarantine of %s ms, where a request can be under way for 390 s: %s problems',
    (ms, count) => {
      expect(timingProblems({ ...DEFAULT_TIMING, quarantineMs: ms })).toHaveLength(count);
    },
  );

  it.each([
    [30 * SECOND, 1],
    [30 * SECOND + 1, 0],
  ])('a claim of %s ms, where a call may take 30 s: %s problems', (ms, count) => {
    expect(timingProblems({ ...DEFAULT_TIMING, claimMs: ms })).toHaveLength(count);
  });

  it.each(['sendWithinMs', 'callTimeoutMs', 'clockSkewMs'] as const)(
    'a larger %s asks for a longer quarantine',
    (name) => {
      const timing = { ...DEFAULT_TIMING, claimMs: 60 * MINUTE, [name]: 15 * MINUTE };
      expect(timingProblems(timing)).toEqual([expect.stringMatching(/quarantine.*900000 ms/)]);
    },
  );

  it('every problem is named at once', () => {
    expect(timingProblems({ ...DEFAULT_TIMING, quarantineMs: 1, claimMs: 2 })).toEqual([
      'quarantine must be longer than sendWithin + callTimeout + clockSkew = 390000 ms, found 1 ms',
      'claim must be longer than callTimeout = 30000 ms, found 2 ms',
    ]);
  });
});

describe('the backoff', () => {
  it.each([
    [0, 15 * SECOND],
    [1, 15 * SECOND],
    [2, 30 * SECOND],
    [3, 60 * SECOND],
    [6, 8 * MINUTE],
    [7, 15 * MINUTE],
    [8, 15 * MINUTE],
    [1_000_000, 15 * MINUTE],
  ])('after %s failures in a row is %s ms', (setbacks, ms) => {
    expect(backoffMs(setbacks, DEFAULT_TIMING)).toBe(ms);
  });
});
