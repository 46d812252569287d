import type { Account } from '../../local/azure/model/account.ts';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import { Key } from '../../shared/service/key.ts';
import type { Deed } from './incidents.ts';
import { DAY } from './units.ts';

/** A rotation keeps the overlap that it began with, and a rollback that of the rotation it undoes. */
export const LONGEST_PINNED_MS = 12 * DAY;

/** A version of the account's secret, by whoever set it; some were there `before` all began. */
export interface Published {
  readonly at: number;
  readonly versionId: string;
  readonly value: string;
  readonly by: 'service' | 'person' | 'before';
}

/** A value that a regenerate ended. */
export interface Ended {
  readonly at: number;
  readonly slot: 'Key1' | 'Key2';
  readonly value: string;
  readonly by: 'service' | 'person';
  /** People had acted since the service looked. */
  readonly surprised: boolean;
}

/** A leak that an operator declared. */
export interface Declared {
  readonly at: number;
  readonly overlapMs: number;
  readonly values: readonly string[];
  readonly overrideHold: boolean;
}

/** What people did to an account's keys or secret. */
export interface Meddled {
  readonly at: number;
  readonly kind: Deed['kind'];
}

/** What is true of one account, written down as it happens and apart from the service's own records. */
export class Ledger {
  readonly account: Account;
  readonly published: Published[] = [];
  readonly ended: Ended[] = [];
  readonly announced: { readonly at: number; readonly event: CloudEvent }[] = [];
  readonly declared: Declared[] = [];
  readonly meddled: Meddled[] = [];
  /** Changes that the service sent, and until when it had looked at what they rest on. */
  readonly sent: { readonly dueAt: number; readonly lookedAt: number }[] = [];
  /** Holds of the account and of all; a new one takes the place of the one before. */
  readonly holds: { readonly at: number; until: number; readonly all: boolean }[] = [];
  /** Values that were known when an operator asked for the end of key authentication. */
  readonly known: string[] = [];
  /** Leaked keys whose declaration was taken, with the time by which it was. */
  readonly leaks: { readonly at: number; readonly fingerprint: string }[] = [];
  /** Overlaps that the account's tags asked for, with the time since when, in ms. */
  readonly overlaps: { readonly at: number; readonly overlapMs: number }[] = [];
  /** When the tags asked that nothing be touched, or could not be read, or did not any more. */
  readonly handsOff: { readonly at: number; readonly is: boolean }[] = [];
  /** Windows that the tags asked for, with the time since when. */
  readonly windows: { readonly at: number; readonly window: string | undefined }[] = [];
  /** Ends of keys that apps were told of. */
  readonly promised: {
    readonly at: number;
    readonly fingerprint: string;
    readonly validUntil: number;
    readonly rotationId: string | undefined;
  }[] = [];
  /** Rotations that operators asked for and were told were taken. */
  readonly asked: { readonly id: string; readonly at: number }[] = [];
  /** When the service's record was lost. */
  readonly lost: number[] = [];
  readonly acknowledged: {
    readonly at: number;
    readonly subscriber: string;
    readonly fingerprint: string;
  }[] = [];
  /** Acknowledgements that apps wait for an answer to: they may have been written already. */
  readonly acknowledging: Set<{ readonly subscriber: string; readonly fingerprint: string }> =
    new Set();
  /** Values that somebody may use who never read the vault. */
  readonly original: readonly string[];

  constructor(account: Account) {
    this.account = account;
    this.original = [account.keys.value('Key1'), account.keys.value('Key2')];
  }

  get newest(): Published | undefined {
    return this.published.at(-1);
  }

  /** Fingerprints of leaks whose request was taken. */
  get leaked(): readonly string[] {
    return this.leaks.map(({ fingerprint }) => fingerprint);
  }

  /** When people last did something to keys or secret, before `at`. */
  meddledSince(since: number, at: number): boolean {
    return this.meddled.some((deed) => deed.at >= since && deed.at <= at);
  }

  /** An operator placed a hold. */
  noteHold(at: number, until: number, all: boolean): void {
    for (const hold of this.holds) if (hold.all === all) hold.until = Math.min(hold.until, at);
    this.holds.push({ at, until, all });
  }

  /** Nothing is held any more. */
  releaseHolds(at: number): void {
    for (const hold of this.holds) hold.until = Math.min(hold.until, at);
  }

  /** Whether people did something after the service had looked for the last time. */
  surprised(now: number): boolean {
    const sent = this.sent.find(({ dueAt }) => dueAt === now);
    return this.meddledSince(sent?.lookedAt ?? now, now);
  }

  /** People acted since, or the service forgot what it was doing. */
  lostTrackSince(since: number): boolean {
    return this.lost.some((at) => at >= since) || this.meddled.some(({ at }) => at >= since);
  }

  /** The shortest overlap that was asked for since then. */
  shortestOverlap(since: number): number {
    return Math.min(...this.#overlapsSince(since));
  }

  /** The longest overlap that a rotation of `at` may have. */
  longestOverlap(at: number): number {
    return Math.max(...this.#overlapsSince(at - LONGEST_PINNED_MS));
  }

  #overlapsSince(since: number): number[] {
    return inForceSince(this.overlaps, since).map(({ overlapMs }) => overlapMs);
  }

  get subscribers(): readonly string[] {
    return (this.account.tags['key-rotation-subscribers'] ?? '').split(',').filter(Boolean);
  }

  /** Since when required acknowledgements of a key keep nothing alive; undefined: they still do. */
  acknowledgedBy(fingerprint: string | undefined): number | undefined {
    if (this.account.tags['key-rotation-ack'] !== 'required') return 0;
    const times = this.subscribers.map(
      (name) =>
        this.acknowledged.find(
          (each) => each.subscriber === name && each.fingerprint === fingerprint,
        )?.at ?? Number.POSITIVE_INFINITY,
    );
    const last = Math.max(0, ...times);
    return Number.isFinite(last) ? last : undefined;
  }

  hasAcknowledged(subscriber: string, fingerprint: string | undefined): boolean {
    return [...this.acknowledged, ...this.acknowledging].some(
      (each) => each.subscriber === subscriber && each.fingerprint === fingerprint,
    );
  }

  /** When a version with this value was the newest for the last time; undefined: it never was. */
  replacedAt(value: string): number | undefined {
    const last = this.published.findLastIndex((version) => version.value === value);
    return last < 0 ? undefined : this.published[last + 1]?.at;
  }
}

/** What was in force at a time, and whatever took its place later. */
export function inForceSince<T extends { readonly at: number }>(
  all: readonly T[],
  since: number,
): T[] {
  const before = all.findLast(({ at }) => at < since);
  return [...(before ? [before] : []), ...all.filter(({ at }) => at >= since)];
}

/** The name of a value that may be shown. */
export function fingerprintOf(value: string): string {
  return new Key(value).fingerprint;
}
