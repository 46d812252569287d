import { describe, expect, it } from 'vitest';
import { measure } from '../../../shared/azure/telemetry/measure.ts';
import type { TelemetryEntry } from '../../../shared/service/ports.ts';

const ACCOUNT =
  '/subscriptions/s/resourcegroups/g/providers/microsoft.cognitiveservices/accounts/a';

/** When accounts with nothing going on are told of, too. */
const NOW = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

function entry(changes: Partial<TelemetryEntry>): TelemetryEntry {
  return {
    level: 'info',
    name: 'step',
    accountId: ACCOUNT,
    reason: 'Publishing',
    message: 'publish Key1',
    ...changes,
  };
}

function metricsOf(changes: Partial<TelemetryEntry>): Record<string, number> {
  const { measurements } = measure(entry(changes), NOW);
  return Object.fromEntries(measurements.map(({ metric, value }) => [metric, value]));
}

describe('a step', () => {
  it('is an event with everything that alerts ask for', () => {
    const data = {
      outcome: 'done',
      phase: 'overlap',
      cause: 'drift',
      rotationId: 'r',
      accountName: 'a',
    };
    expect(measure(entry({ data: { ...data, do: 'publish' } }), NOW).events).toEqual([
      {
        name: 'Twinkey.Step',
        dimensions: {
          accountId: ACCOUNT,
          reason: 'Publishing',
          message: 'publish Key1',
          attention: '',
          ...data,
        },
      },
    ]);
  });

  it.each([
    ['confirmRetired', 'RegeneratingStale', 'completed'],
    ['finishKeyless', 'KeylessRequested', 'completed'],
    ['report', 'Held', 'delayed'],
    ['report', 'VerificationOverdue', 'failed'],
  ] as const)('%s for %s counts a rotation as %s', (did, reason, outcome) => {
    const { measurements } = measure(entry({ reason, data: { do: did, outcome: 'done' } }), NOW);
    expect(measurements).toEqual([
      { metric: 'twinkey.rotations', value: 1, dimensions: { outcome } },
    ]);
  });

  it('that tells of a stale key which is still accepted counts a failure', () => {
    const data = { do: 'confirmRetired', outcome: 'failed' };
    const { measurements } = measure(entry({ reason: 'StaleKeyStillAccepted', data }), NOW);
    expect(measurements).toEqual([
      { metric: 'twinkey.rotations', value: 1, dimensions: { outcome: 'failed' } },
    ]);
  });

  it.each(['waiting', 'failed', 'lostRace'])(
    'that is not over (%s) counts no rotation',
    (outcome) => {
      expect(metricsOf({ data: { do: 'confirmRetired', outcome } })).toEqual({});
    },
  );

  it('that is none of the last of a rotation counts none', () => {
    expect(metricsOf({ data: { do: 'publish', outcome: 'done' } })).toEqual({});
  });
});

describe('a problem', () => {
  it.each(['FleetBraked', 'BrakeReleased'] as const)(
    'of the whole fleet (%s) is an event of no account',
    (reason) => {
      const problem = {
        name: 'problem',
        accountId: undefined,
        reason,
        message: 'topic: 5',
      } as const;
      expect(measure(entry(problem), NOW).events).toMatchObject([
        { name: 'Twinkey.Step', dimensions: { accountId: '', reason, message: 'topic: 5' } },
      ]);
    },
  );

  it('of one account, which its pass tells of, is none', () => {
    expect(measure(entry({ name: 'problem' }), NOW)).toEqual({ events: [], measurements: [] });
  });
});

describe('the end of a pass', () => {
  const figures = {
    accountName: 'a',
    durationMs: 250,
    keyAgeMs: 90_000,
    periodMs: 2_592_000_000,
    overlapLeftMs: -1_000,
    unacknowledged: 2,
  };

  it('tells how the account stands, in seconds', () => {
    expect(metricsOf({ name: 'pass', reason: 'NotDue', data: figures })).toEqual({
      'twinkey.key.age': 90,
      'twinkey.key.period': 2_592_000,
      'twinkey.overlap.left': -1,
      'twinkey.subscribers.unacknowledged': 2,
      'twinkey.pass.duration': 250,
    });
  });

  it('tells of each account by itself, and of the time that passes take by all', () => {
    const { measurements } = measure(entry({ name: 'pass', reason: 'NotDue', data: figures }), NOW);
    const dimensions = Object.fromEntries(measurements.map((one) => [one.metric, one.dimensions]));
    expect(dimensions['twinkey.key.age']).toEqual({ accountId: ACCOUNT, accountName: 'a' });
    expect(dimensions['twinkey.pass.duration']).toEqual({});
  });

  it('does not make up what is not known', () => {
    const data = { keyAgeMs: null, periodMs: null, overlapLeftMs: null, unacknowledged: null };
    expect(metricsOf({ name: 'pass', reason: 'PolicyInvalid', data })).toEqual({});
  });

  it.each([
    ['info', 'NotDue', 0],
    ['info', 'InOverlap', 0],
    ['info', 'Held', 1],
    ['info', 'CallFailed', 1],
    ['warn', 'PolicyInvalid', 1],
  ] as const)('at level %s for %s is worth %i events', (level, reason, count) => {
    expect(measure(entry({ name: 'pass', level, reason }), NOW).events).toHaveLength(count);
  });
});

describe('an account with nothing going on', () => {
  const idle = { phase: 'idle', keyAgeMs: 1_000, periodMs: 2_000, checkIntervalMs: HOUR_MS / 4 };
  const look = (data: object, now: number) =>
    measure(entry({ name: 'pass', reason: 'NotDue', data: { ...idle, ...data } }), now).measurements
      .length;

  it('is told of once in six hours', () => {
    const quarters = Array.from({ length: 24 }, (_, index) => NOW + (index * HOUR_MS) / 4);
    expect(quarters.filter((now) => look({}, now + 1) > 0)).toHaveLength(1);
  });

  it.each([
    ['a rotation is under way', { phase: 'overlap' }],
    ['its key is older than its period', { keyAgeMs: 2_001 }],
  ])('is told of at each look while %s', (_, data) => {
    expect(look(data, NOW + 3 * HOUR_MS)).toBe(2);
  });
});

describe('a tick', () => {
  it('tells how long ago the one before was', () => {
    const tick = { name: 'tick', accountId: undefined, reason: undefined } as const;
    expect(metricsOf({ ...tick, data: { sinceLastMs: 60_000 } })).toEqual({
      'twinkey.tick.age': 60,
    });
    expect(metricsOf({ ...tick, data: { sinceLastMs: null } })).toEqual({});
  });
});
