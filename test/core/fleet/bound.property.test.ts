import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type FleetAccount, isUnderWay, isWatched } from '../../../shared/core/fleet/account.ts';
import { DEFAULT_FLEET } from '../../../shared/core/fleet/limits.ts';
import { FleetSurvey } from '../../../shared/core/fleet/plan.ts';
import { DAY, MINUTE, NOW } from '../fixtures.ts';
import { given } from './fixtures.ts';

const CLAIM = 3 * MINUTE;
const CHECK = 15 * MINUTE;
/** As the scheduler reckons: the message's time, the clocks' difference, a pass's length. */
const ADMISSION = CLAIM + 9 * MINUTE;

interface Model {
  status: FleetAccount;
  /** What the record says, ahead of the status. */
  begunAt: number | null;
  times: number;
}

interface Message {
  readonly at: number;
  readonly index: number;
  readonly admitted: boolean;
}

/** A fleet whose messages are lost, doubled and late, and whose passes take their time to end. */
class Fleet {
  readonly accounts: Model[];
  now = NOW;
  most = 0;
  readonly #max: number;
  readonly #random: () => number;
  readonly #overlapMs: number;
  #messages: Message[] = [];
  #ends: { readonly at: number; readonly index: number; readonly lookedAt: number }[] = [];

  constructor(size: number, max: number, overlapMs: number, random: () => number) {
    this.#max = max;
    this.#random = random;
    this.#overlapMs = overlapMs;
    this.accounts = Array.from({ length: size }, (_, index) => {
      const dueAt = NOW + Math.floor(random() * DAY);
      const ring = Math.floor(random() * 3);
      const times = { dueAt, nextStepAt: dueAt, nextCheckAt: dueAt, lookedAt: NOW };
      return { status: given(`a${index}`, { ...times, ring }), begunAt: null, times: 0 };
    });
  }

  minute(): void {
    this.#tick();
    for (const message of this.#due(this.#messages)) this.#pass(message);
    this.#messages = this.#messages.filter(({ at }) => at > this.now);
    for (const end of this.#due(this.#ends)) this.#put(end);
    this.#ends = this.#ends.filter(({ at }) => at > this.now);
    const underWay = this.accounts.filter(({ begunAt }) => begunAt !== null).length;
    this.most = Math.max(this.most, underWay);
    this.now += MINUTE;
  }

  #due<T extends { at: number }>(items: readonly T[]): T[] {
    return items.filter(({ at }) => at <= this.now);
  }

  #tick(): void {
    const survey = new FleetSurvey(
      this.now,
      { ...DEFAULT_FLEET, maxUnderWay: this.#max },
      CHECK,
      [],
    );
    for (const { status } of this.accounts) {
      const isDue = status.nextCheckAt <= this.now || status.admittedUntil > this.now;
      if (isDue || isWatched(status)) survey.add(status);
    }
    for (const { accountId, start } of survey.plan([]).passes) {
      const index = this.accounts.findIndex(({ status }) => status.accountId === accountId);
      const model = this.accounts[index];
      if (!model) continue;
      const admitted = start === 'admitted';
      const admission = admitted ? { admittedUntil: this.now + ADMISSION } : {};
      model.status = { ...model.status, nextCheckAt: this.now + CLAIM, ...admission };
      const copies = [1, 1, 1, 1, 0, 2][Math.floor(this.#random() * 6)] ?? 1;
      for (let copy = 0; copy < copies; copy++) {
        const late = this.#random() < 0.2 ? this.#random() * 3_600_000 : 0;
        const until = this.now + CLAIM;
        const at = this.now + Math.floor(late);
        this.#messages.push({ at, index, admitted: admitted && at <= until });
      }
    }
  }

  /** What the planner does; the status follows up to five minutes later. */
  #pass({ index, admitted }: Message): void {
    const model = this.accounts[index];
    if (!model) return;
    const { dueAt } = model.status;
    const isHeldUp = this.#random() < 0.1;
    if (model.begunAt === null && dueAt !== null && dueAt <= this.now && admitted && !isHeldUp) {
      model.begunAt = this.now;
      model.times += 1;
    }
    const at = this.now + Math.floor(this.#random() * 5 * MINUTE);
    this.#ends.push({ at, index, lookedAt: this.now });
  }

  #put({ index, lookedAt }: { index: number; lookedAt: number }): void {
    const model = this.accounts[index];
    if (!model) return;
    const { begunAt, status } = model;
    if (begunAt !== null && this.now >= begunAt + this.#overlapMs) {
      model.begunAt = null;
      const next = this.now + 30 * DAY;
      const times = { dueAt: next, nextStepAt: next, nextCheckAt: this.now + CHECK };
      model.status = { ...status, ...times, lookedAt, phase: 'idle', reason: 'NotDue' };
      return;
    }
    // A pass that saw an earlier state may end after one that saw more: the planner's ETag forbids its
    // steps, its status may be written all the same.
    const phase = begunAt !== null && begunAt <= lookedAt ? 'overlap' : 'idle';
    const waits = phase === 'idle' && (status.dueAt ?? 0) <= this.now;
    const nextCheckAt = waits
      ? this.now + CHECK
      : Math.max(this.now, Math.min(this.now + CHECK, status.dueAt ?? 0));
    const until = phase === 'overlap' ? this.now + CHECK : nextCheckAt;
    const reason = phase === 'overlap' ? 'InOverlap' : waits ? 'FleetLimit' : 'NotDue';
    model.status = { ...status, phase, reason, lookedAt, nextCheckAt: until };
  }
}

it('is never exceeded by what ticks admit, and every account gets there', {
  timeout: 60_000,
}, () => {
  const worlds = fc.record({
    size: fc.integer({ min: 1, max: 12 }),
    max: fc.integer({ min: 1, max: 4 }),
    overlapMinutes: fc.integer({ min: 20, max: 120 }),
    seed: fc.integer(),
  });
  fc.assert(
    fc.property(worlds, ({ size, max, overlapMinutes, seed }) => {
      const fleet = new Fleet(size, max, overlapMinutes * MINUTE, randomOf(seed));
      const minutes = 24 * 60 + (Math.ceil(size / max) + 2) * (overlapMinutes + 180);
      for (let minute = 0; minute < minutes; minute++) fleet.minute();
      expect(fleet.most).toBeLessThanOrEqual(max);
      expect(fleet.accounts.map(({ times }) => times)).toEqual(fleet.accounts.map(() => 1));
      expect(fleet.accounts.filter(({ status }) => isUnderWay(status))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
