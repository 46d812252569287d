import type { Account } from '../../local/azure/model/account.ts';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import { Key } from '../../shared/service/key.ts';
import type { Deed } from './incidents.ts';

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
  /** Fingerprints of leaks whose request was taken. */
  readonly leaked: string[] = [];
  /** Overlaps that the account's tags asked for, with the time since when, in ms. */
  readonly overlaps: { readonly at: number; readonly overlapMs: number }[] = [];
  readonly acknowledged: { readonly subscriber: string; readonly fingerprint: string }[] = [];
  /** Values that somebody may use who never read the vault. */
  readonly original: readonly string[];

  constructor(account: Account) {
    this.account = account;
    this.original = [account.keys.value('Key1'), account.keys.value('Key2')];
  }

  get newest(): Published | undefined {
    return this.published.at(-1);
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

  /** The shortest overlap that was asked for in a while before `at`. */
  shortestOverlap(since: number): number {
    const before = this.overlaps.filter(({ at }) => at < since).at(-1);
    const within = this.overlaps.filter(({ at }) => at >= since);
    const asked = [...(before ? [before] : []), ...within].map(({ overlapMs }) => overlapMs);
    return Math.min(...asked);
  }

  /** When a version with this value was the newest for the last time; undefined: it never was. */
  replacedAt(value: string): number | undefined {
    const last = this.published.findLastIndex((version) => version.value === value);
    return last < 0 ? undefined : this.published[last + 1]?.at;
  }
}

/** The name of a value that may be shown. */
export function fingerprintOf(value: string): string {
  return new Key(value).fingerprint;
}
