import { describe, expect, it } from 'vitest';
import { Faults } from '../../../local/azure/model/faults.ts';
import { Random } from '../../../local/azure/model/random.ts';
import { afterFailure } from '../../../local/azure/model/retry-schedule.ts';
import { ManualTime } from '../../../local/azure/model/time.ts';
import { TokenBucket } from '../../../local/azure/model/token-bucket.ts';

const minute = 60_000;
const hour = 60 * minute;
const call = { service: 'arm', operation: 'listKeys', target: 'lang' } as const;

describe('token bucket', () => {
  it('gives its capacity at once, then one at a time as it refills', () => {
    const bucket = new TokenBucket({ capacity: 2, perSecond: 0.5 }, 0);
    expect(bucket.take(0)).toEqual({ taken: true, remaining: 1 });
    expect(bucket.take(0)).toEqual({ taken: true, remaining: 0 });
    expect(bucket.take(0)).toEqual({ taken: false, retryAfterSeconds: 2 });
    expect(bucket.take(1_999)).toMatchObject({ taken: false });
    expect(bucket.take(2_000)).toMatchObject({ taken: true });
    expect(bucket.take(hour)).toEqual({ taken: true, remaining: 1 });
  });
});

describe('delivery retry schedule', () => {
  const failure = { acceptedAt: 0, now: 0, status: 500 };

  it.each([
    [1, 10_000],
    [2, 30_000],
    [3, minute],
    [4, 5 * minute],
    [5, 10 * minute],
    [6, 30 * minute],
    [7, hour],
    [8, hour],
    [29, hour],
  ])('waits after attempt %i', (attempts, waitMs) => {
    expect(afterFailure({ ...failure, attempts })).toEqual({ nextAt: waitMs });
  });

  it('ends with the 30th attempt, with 24 hours, or with a rejection', () => {
    expect(afterFailure({ ...failure, attempts: 30 })).toEqual({
      deadLetter: 'MaxDeliveryAttemptsExceeded',
    });
    const nearTheEnd = { ...failure, attempts: 9, now: 23 * hour };
    expect(afterFailure(nearTheEnd)).toEqual({ nextAt: 24 * hour });
    expect(afterFailure({ ...nearTheEnd, now: 23 * hour + 1 })).toEqual({
      deadLetter: 'TimeToLiveExceeded',
    });
    expect(afterFailure({ ...failure, attempts: 1, status: 413 })).toEqual({
      deadLetter: 'RejectedByEndpoint',
    });
  });
});

describe('fault rules', () => {
  it('skip, strike and rest as told', () => {
    const faults = new Faults(new Random(1));
    faults.set([{ operation: 'listKeys', skip: 1, times: 2, fault: { kind: 'drop' } }]);
    const verdicts = [1, 2, 3, 4].map(() => faults.judge(call).fault?.kind);
    expect(verdicts).toEqual([undefined, 'drop', 'drop', undefined]);
  });

  it('leave other calls alone', () => {
    const faults = new Faults(new Random(1));
    faults.set([{ ...call, target: 'other', fault: { kind: 'drop' } }]);
    expect(faults.judge(call).fault).toBeUndefined();
  });

  it('add up delays; the first of several faults decides and the others are not used up', () => {
    const faults = new Faults(new Random(1));
    faults.set([
      { fault: { kind: 'latency', ms: 10 } },
      { times: 1, fault: { kind: 'drop' } },
      { times: 1, fault: { kind: 'loseResponse' } },
      { fault: { kind: 'latency', ms: 5 } },
    ]);
    expect(faults.judge(call)).toEqual({ latencyMs: 15, fault: { kind: 'drop' } });
    expect(faults.judge(call)).toEqual({ latencyMs: 15, fault: { kind: 'loseResponse' } });
  });

  it('strike by chance, the same for the same seed', () => {
    const strikes = (seed: number) => {
      const faults = new Faults(new Random(seed));
      faults.set([{ probability: 0.3, fault: { kind: 'drop' } }]);
      return Array.from({ length: 1_000 }, () => (faults.judge(call).fault ? 1 : 0) as number);
    };
    const count = strikes(1).reduce((sum, struck) => sum + struck, 0);
    expect(count).toBeGreaterThan(250);
    expect(count).toBeLessThan(350);
    expect(strikes(1)).toEqual(strikes(1));
    expect(strikes(1)).not.toEqual(strikes(2));
  });
});

describe('manual time', () => {
  it('runs what falls due in order, each at its own moment', () => {
    const time = new ManualTime(0);
    const seen: [string, number][] = [];
    time.schedule(20, () => seen.push(['second', time.now()]));
    time.schedule(10, () => {
      seen.push(['first', time.now()]);
      time.schedule(15, () => seen.push(['nested', time.now()]));
    });
    time.schedule(5, () => seen.push(['cancelled', time.now()]))();
    time.advance(30);
    expect(seen).toEqual([
      ['first', 10],
      ['nested', 15],
      ['second', 20],
    ]);
    expect(time.now()).toBe(30);
    expect(time.nextDueAt()).toBeUndefined();
  });
});
