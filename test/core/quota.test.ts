import { describe, expect, test } from 'vitest';
import { type PacedKind, type PacedPass, passDelaysMs } from '../../shared/core/pacing.ts';
import { QUOTA_LIMITS, QUOTA_RESERVES, QuotaBucket } from '../../shared/core/quota.ts';

const START = 1_000_000;
const SECOND = 1_000;
/** Round numbers: a reserve of 30, 10 and 4 calls. */
const LIMIT = { capacity: 100, perSecond: 10 };

/** A bucket from which so many calls went out, all answered without a word about what is left. */
function bucketAfter(calls: number): QuotaBucket {
  const bucket = new QuotaBucket(LIMIT, START);
  for (let count = 0; count < calls; count++) bucket.take(START);
  for (let count = 0; count < calls; count++) bucket.end(START);
  return bucket;
}

describe('a bucket', () => {
  test.each([
    ['start', 69, 0],
    ['start', 70, 100],
    ['finish', 89, 0],
    ['finish', 90, 100],
    ['call', 95, 0],
    ['call', 96, 100],
    ['call', 97, 200],
  ] as const)('lets a %s go after %i of 100 calls in %i ms', (purpose, calls, waitMs) => {
    expect(bucketAfter(calls).waitMs(START, purpose)).toBeCloseTo(waitMs, 6);
  });

  test('refills, up to what it holds', () => {
    const bucket = bucketAfter(100);
    expect(bucket.levelAt(START + 5 * SECOND)).toBeCloseTo(50);
    expect(bucket.levelAt(START + 60 * SECOND)).toBe(100);
  });

  test('refills no further while nothing is drawn: what is drawn then is missing', () => {
    const bucket = new QuotaBucket(LIMIT, START);
    const later = START + 60 * SECOND;
    for (let count = 0; count < 100; count++) bucket.take(later);
    expect(bucket.levelAt(later)).toBe(0);
  });

  test('believes what an answer says is left, and counts calls on their way against it', () => {
    const bucket = new QuotaBucket(LIMIT, START);
    for (let count = 0; count < 5; count++) bucket.take(START);
    bucket.end(START, 40);
    expect(bucket.levelAt(START)).toBe(36);
  });

  test('takes a bucket that is larger than documented for what it is', () => {
    const bucket = new QuotaBucket(LIMIT, START);
    bucket.take(START);
    bucket.end(START, 11_999);
    expect(bucket.levelAt(START + SECOND)).toBe(11_999);
  });

  test('learns from what is left how much others draw, and that they stopped', () => {
    const bucket = new QuotaBucket(LIMIT, START);
    const hear = (from: number, seconds: number, level: (second: number) => number) => {
      for (let second = 1; second <= seconds; second++) {
        const now = START + (from + second) * SECOND;
        bucket.take(now);
        bucket.end(now, level(second));
      }
    };
    // The refill is 10 a second, and the bucket stays where it is.
    hear(0, 300, () => 50);
    expect(bucket.ownPerSecond).toBeLessThan(2);
    hear(300, 300, (second) => Math.min(99, 50 + 9 * second));
    expect(bucket.ownPerSecond).toBeGreaterThan(8);
  });

  test('has nothing before a Retry-After is over, and little then', () => {
    const bucket = new QuotaBucket(LIMIT, START);
    bucket.take(START);
    bucket.refused(START, 30 * SECOND);
    expect(bucket.waitMs(START, 'call')).toBeGreaterThan(30 * SECOND);
    expect(bucket.levelAt(START + 30 * SECOND)).toBe(0);
    expect(bucket.levelAt(START + 31 * SECOND)).toBeLessThanOrEqual(10);
  });

  test.each([
    ['a call that leaves all the same', (bucket: QuotaBucket) => bucket.take(START + SECOND)],
    [
      'an answer that was on its way and says that much is left',
      (bucket: QuotaBucket) => bucket.end(START + SECOND, 80),
    ],
  ])('has a pause that is not ended by %s', (_, during) => {
    const bucket = bucketAfter(50);
    bucket.take(START);
    bucket.refused(START, 30 * SECOND);
    during(bucket);
    expect(bucket.waitMs(START + SECOND, 'call')).toBeGreaterThan(29 * SECOND);
  });

  test('is tried again after ten minutes, however long a service asks to wait', () => {
    const bucket = new QuotaBucket(LIMIT, START);
    bucket.refused(START, 365 * 24 * 3_600 * SECOND);
    expect(bucket.waitMs(START, 'call')).toBeGreaterThan(600 * SECOND);
    expect(bucket.waitMs(START, 'call')).toBeLessThan(601 * SECOND + 1);
    expect(bucket.waitMs(START + 602 * SECOND, 'call')).toBe(0);
  });

  test.each([
    ['nothing was refused', () => {}],
    ['a pause had begun', (bucket: QuotaBucket) => bucket.refused(START, 30 * SECOND)],
  ])('lets calls go when the clock is set back by an hour, where %s', (_, before) => {
    const bucket = bucketAfter(50);
    before(bucket);
    const earlier = START - 3_600 * SECOND;
    expect(bucket.waitMs(earlier, 'call')).toBeLessThan(2 * SECOND);
    bucket.take(earlier);
    bucket.end(earlier, 60);
    expect(bucket.levelAt(earlier)).toBe(60);
    expect(bucket.levelAt(earlier + SECOND)).toBeGreaterThan(60);
  });

  test('lets calls go when the clock is set back a little, where there is no pause', () => {
    expect(bucketAfter(50).waitMs(START - 30 * SECOND, 'call')).toBe(0);
  });

  test('keeps to a pause when the clock is set back a little', () => {
    const bucket = bucketAfter(50);
    bucket.refused(START, 30 * SECOND);
    expect(bucket.waitMs(START - SECOND, 'call')).toBeGreaterThan(30 * SECOND);
  });

  test('draws more slowly after a refusal, once for those that come together', () => {
    const bucket = bucketAfter(50);
    bucket.refused(START, SECOND);
    bucket.refused(START + 1, SECOND);
    expect(bucket.ownPerSecond).toBe(5);
    bucket.refused(START + SECOND, SECOND);
    expect(bucket.ownPerSecond).toBe(2.5);
    for (let count = 0; count < 20; count++) bucket.refused(START + count * 2 * SECOND, SECOND);
    expect(bucket.ownPerSecond).toBe(1);
  });

  test('forgets in time that it was refused, where answers say nothing', () => {
    const bucket = bucketAfter(50);
    bucket.refused(START, SECOND);
    for (let second = 2; second < 300; second++) bucket.end(START + second * SECOND);
    expect(bucket.ownPerSecond).toBeGreaterThan(9.9);
  });

  test.each([
    ['at once', 2, 5.1, 5.2],
    ['in one minute for the most part', 60, 8.1, 8.2],
  ])('does not forget it %s', (_, seconds, least, most) => {
    const bucket = bucketAfter(50);
    bucket.refused(START, SECOND);
    bucket.end(START + seconds * SECOND);
    expect(bucket.ownPerSecond).toBeGreaterThan(least);
    expect(bucket.ownPerSecond).toBeLessThan(most);
  });

  test('has no more to forget than that others leave it a tenth, however often it was refused', () => {
    const bucket = bucketAfter(50);
    for (let count = 0; count < 20; count++) bucket.refused(START + count * 2 * SECOND, SECOND);
    bucket.end(START + 60 * SECOND);
    expect(bucket.ownPerSecond).toBeCloseTo(10 - 9 / Math.E, 6);
  });

  test.each([
    ['remembers', 'not quite full', 95, 4.9],
    ['forgets', 'full', 96, 8.1],
  ])('%s what others drew when an answer says that it is %s', (_, __, remaining, own) => {
    const bucket = bucketAfter(50);
    bucket.refused(START, SECOND);
    bucket.end(START + 60 * SECOND, remaining);
    expect(bucket.ownPerSecond).toBeCloseTo(own, 1);
  });

  test('takes a refusal that it cannot explain for one of that call alone', () => {
    const told = new QuotaBucket(LIMIT, START);
    told.take(START);
    told.end(START, 90);
    for (let count = 0; count < 20; count++) told.refused(START + count * SECOND, SECOND);
    expect(told.waitMs(START + 20 * SECOND, 'start')).toBe(0);
    expect(told.ownPerSecond).toBeGreaterThan(9);
  });

  test('believes refusals that it cannot explain when there are many, or they ask for long', () => {
    const many = new QuotaBucket(LIMIT, START);
    for (let count = 0; count < 4; count++) many.refused(START + count * SECOND, SECOND);
    expect(many.waitMs(START + 3 * SECOND, 'call')).toBe(0);
    many.refused(START + 4 * SECOND, SECOND);
    expect(many.waitMs(START + 4 * SECOND, 'call')).toBeGreaterThan(SECOND);
    const long = new QuotaBucket(LIMIT, START);
    long.refused(START, 30 * SECOND);
    expect(long.waitMs(START, 'call')).toBeGreaterThan(30 * SECOND);
  });

  test.each([
    ['ten seconds, as one that names no time is taken to', 10 * SECOND, false],
    ['a millisecond more', 10 * SECOND + 1, true],
  ])('heeds a single refusal that asks for %s (%i ms): %s', (_, retryAfterMs, heeded) => {
    const bucket = new QuotaBucket(LIMIT, START);
    bucket.refused(START, retryAfterMs);
    expect(bucket.waitMs(START, 'call') > 0).toBe(heeded);
  });

  test.each([
    ['within less than ten seconds', 2_499, true],
    ['within ten seconds', 2_500, false],
    ['far apart', 11 * SECOND, false],
  ])(
    'believes five refusals that it cannot explain %s (%i ms from one to the next): %s',
    (_, apartMs, believed) => {
      const bucket = new QuotaBucket(LIMIT, START);
      for (let count = 0; count < 5; count++) bucket.refused(START + count * apartMs, SECOND);
      expect(bucket.waitMs(START + 4 * apartMs, 'call') > 0).toBe(believed);
    },
  );

  test.each([
    ['a minute ago', 60 * SECOND, true],
    ['a millisecond less ago', 60 * SECOND - 1, false],
  ])('believes many of them when it was told what is left %s (%i ms): %s', (_, agoMs, believed) => {
    const bucket = new QuotaBucket(LIMIT, START);
    bucket.take(START);
    bucket.end(START, 90);
    for (let count = 0; count < 5; count++) bucket.refused(START + agoMs, SECOND);
    expect(bucket.waitMs(START + agoMs, 'call') > 0).toBe(believed);
  });

  test('brings back who was told to wait one after the other, no faster than it refills', () => {
    const bucket = new QuotaBucket(LIMIT, START);
    bucket.refused(START, 30 * SECOND);
    const perSecond = bucket.ownPerSecond;
    const turns = Array.from({ length: 1_000 }, () =>
      bucket.comeBackMs(START, 'finish', 4, 3_600_000),
    );
    expect(turns[0]).toBeGreaterThanOrEqual(30 * SECOND);
    for (const [index, turn] of turns.slice(1).entries()) {
      expect(turn - (turns[index] ?? 0)).toBeCloseTo((4 / perSecond) * SECOND, 6);
    }
  });

  test('tells whoever finds the line full its end, and gives no place in it', () => {
    const bucket = bucketAfter(100);
    const turns = Array.from({ length: 20 }, () => bucket.comeBackMs(START, 'call', 10, 5_000));
    expect(turns.slice(0, 7).map(Math.round)).toEqual([
      500, 1_500, 2_500, 3_500, 4_500, 5_500, 5_500,
    ]);
    expect(Math.round(bucket.comeBackMs(START + 10_000, 'call', 10, 5_000))).toBe(0);
  });

  test('gives away the place at the very end of the line once', () => {
    const bucket = bucketAfter(100);
    for (let count = 0; count < 20; count++) bucket.comeBackMs(START, 'call', 10, 5_000);
    expect(bucket.comeBackMs(START + 5_000, 'call', 10, 5_000)).toBe(1_500);
  });

  test('lets those who stay in turn, and nobody for longer than they have patience', () => {
    const bucket = bucketAfter(100);
    const stays = Array.from({ length: 5 }, () => bucket.stayMs(START, 'call', 5, 2 * SECOND));
    expect(stays.map((ms) => ms && Math.round(ms))).toEqual([500, 1_000, 1_500, 2_000, undefined]);
  });
});

describe('limits', () => {
  test("of a vault stay below Azure's in any ten seconds", () => {
    const inTenSeconds = (kind: 'vaultCalls' | 'vaultCreations') =>
      QUOTA_LIMITS[kind].capacity + 10 * QUOTA_LIMITS[kind].perSecond;
    expect(inTenSeconds('vaultCalls')).toBe(4_000);
    expect(inTenSeconds('vaultCreations')).toBe(300);
  });

  test('leave more to what finishes a rotation than to what starts one', () => {
    const { start, finish, call } = QUOTA_RESERVES;
    expect(start).toBeGreaterThan(finish);
    expect(finish).toBeGreaterThan(call);
  });
});

describe('passes of accounts that are due together', () => {
  const CALLS = { armReads: 4, armWrites: 1, vaultCreations: 1 };
  const full = (kind: PacedKind) => QUOTA_LIMITS[kind].capacity;
  /** Passes that publish nothing, unless a vault is named. */
  const passesOf = (subscription: number, count: number, vault?: string): PacedPass[] =>
    Array.from({ length: count }, () => ({
      subscriptionId: String(subscription),
      vaultUrl: `https://${vault ?? 'any'}.test`,
      mayPublish: vault !== undefined,
    }));
  /** However long it takes. */
  const delaysOf = (
    passes: readonly PacedPass[],
    calls: typeof CALLS,
    levelOf: (kind: PacedKind) => number,
  ) => passDelaysMs(passes, 3_600 * SECOND, calls, levelOf);
  /** The most that begin within any so many ms. */
  const mostWithin = (delays: readonly number[], ms: number) =>
    Math.max(...delays.map((from) => delays.filter((at) => at >= from && at < from + ms).length));

  test('begin as many at once as the reserve allows, the others as the bucket refills', () => {
    const delays = delaysOf(passesOf(1, 60), CALLS, full);
    expect(delays.filter((ms) => ms === 0)).toHaveLength(43);
    expect(delays.slice(43, 46).map(Math.round)).toEqual([160, 320, 480]);
  });

  test('are held to the limit that is the narrower', () => {
    const delays = delaysOf(passesOf(1, 60), { ...CALLS, armReads: 1, armWrites: 4 }, full);
    expect(delays.filter((ms) => ms === 0)).toHaveLength(35);
    expect(delays[35]).toBe(400);
  });

  test('wait from the first one on where there is nothing left but the reserve', () => {
    const low = (kind: PacedKind) => (kind === 'armReads' ? 78 : 200);
    expect(delaysOf(passesOf(1, 3), CALLS, low)).toEqual([160, 320, 480]);
    const oneLeft = (kind: PacedKind) => (kind === 'armReads' ? 79 : 200);
    expect(delaysOf(passesOf(1, 3), CALLS, oneLeft)).toEqual([0, 160, 320]);
  });

  test('wait for none of another subscription', () => {
    const delays = delaysOf([...passesOf(1, 60), ...passesOf(2, 43)], CALLS, full);
    expect(delays.slice(60)).toEqual(Array.from({ length: 43 }, () => 0));
  });

  test('begin no faster than their vault takes new versions, whatever their subscriptions bear', () => {
    const delays = delaysOf(
      [1, 2, 3].flatMap((one) => passesOf(one, 43, 'v')),
      CALLS,
      full,
    );
    expect(delays.filter((ms) => ms === 0)).toHaveLength(14);
    expect(delays.slice(14, 17).map(Math.round)).toEqual([36, 71, 107]);
    expect(Math.round(delays.at(-1) ?? 0)).toBe(Math.round(((129 - 14) / 28) * SECOND));
    const emptied = (kind: PacedKind) => (kind === 'vaultCreations' ? 6 : full(kind));
    expect(delaysOf(passesOf(1, 2, 'v'), CALLS, emptied).map(Math.round)).toEqual([36, 71]);
  });

  test('wait for no vault where they publish nothing, nor for that of others', () => {
    const jam = passesOf(1, 30, 'jammed');
    const delays = delaysOf([...jam, ...passesOf(2, 30), ...passesOf(3, 14, 'v')], CALLS, full);
    expect(Math.max(...delays.slice(0, 30))).toBeGreaterThan(0);
    expect(Math.max(...delays.slice(30))).toBe(0);
  });

  test('take one vault for the same however its name is written', () => {
    const passes = passesOf(1, 28, 'v').map((pass, index) =>
      index % 2 === 0 ? pass : { ...pass, vaultUrl: 'https://V.test' },
    );
    expect(delaysOf(passes, CALLS, full).filter((ms) => ms === 0)).toHaveLength(14);
  });

  test('leave no turn of a vault unused while those of a slower subscription come first', () => {
    const passes = [...passesOf(1, 200, 'v'), ...passesOf(2, 43, 'v')];
    const delays = delaysOf(passes, CALLS, full);
    // 86 of both could begin at once, and hardly any of the others comes before they have.
    expect(Math.max(...delays.slice(200))).toBeLessThan((100 / 28) * SECOND);
    // The larger subscription takes no longer than alone.
    expect(Math.max(...delays)).toBeCloseTo((200 - 43) * 160, 6);
  });

  test('come from a subscription no faster than it bears, when a vault kept them back', () => {
    const others = Array.from({ length: 40 }, (_, index) => passesOf(index + 2, 43, 'v'));
    const passes = [...others.flat(), ...passesOf(1, 400, 'v')];
    const delays = delaysOf(passes, CALLS, full).slice(-400);
    // What a full bucket holds, and what it refills meanwhile.
    expect(mostWithin(delays, 10 * SECOND)).toBeLessThanOrEqual(43 + 63);
    expect(mostWithin(delays, 10 * SECOND)).toBeGreaterThan(90);
  });

  test('fill the time until the next tick, of which a subscription rests for the last five seconds', () => {
    const last = (passes: readonly PacedPass[]) => {
      const delays = passDelaysMs(passes, 60 * SECOND, CALLS, full);
      return Math.max(...delays.filter(Number.isFinite)) / SECOND;
    };
    expect(last(passesOf(1, 1_000))).toBeCloseTo(55, 0);
    const many = Array.from({ length: 50 }, (_, index) => passesOf(index, 43, 'v')).flat();
    expect(last(many)).toBeLessThanOrEqual(60);
    expect(last(many)).toBeGreaterThan(59.9);
  });

  test.each([
    ['its subscription', passesOf(1, 60), 5 * SECOND + 160, 44],
    ['its vault', [1, 2, 3, 4].flatMap((one) => passesOf(one, 43, 'v')), 5 * SECOND, 154],
  ])('are sent up to the very end of the time that %s has', (_, passes, withinMs, sent) => {
    const delays = passDelaysMs(passes, withinMs, CALLS, full);
    expect(delays.filter(Number.isFinite)).toHaveLength(sent);
  });

  test('are as many as a tick sends, and no bucket is looked into for each of them', () => {
    const passes = Array.from({ length: 500 }, (_, index) => passesOf(index, 20, 'v')).flat();
    let asked = 0;
    passDelaysMs(passes, 60 * SECOND, CALLS, (kind) => {
      asked += 1;
      return full(kind);
    });
    // Twice two of each subscription's, and one of the vault's.
    expect(asked).toBeLessThanOrEqual(4 * 500 + 1);
  });
});
