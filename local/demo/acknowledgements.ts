import type { Account } from '../azure/model/account.ts';
import type { AccountView } from './accountsApi.ts';
import type { ClosedRotation } from './totals.ts';

/** What came of an account's acknowledgements in the rotations that are closed. */
export interface AcknowledgementTotals {
  /** One for each subscriber and each rotation. */
  readonly expected: number;
  /** Of those, how many were there before the old key's end. */
  readonly received: number;
  /** Subscribers that some rotation went on without. */
  readonly missing: readonly string[];
  /** The account's policy does not let a rotation go on without them. */
  readonly required: boolean;
}

/** An acknowledgement as the API shows it, with its account's name. */
export interface NotedAcknowledgement {
  readonly account: string;
  readonly subscriber: string;
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Remembers every acknowledgement that the service's API ever showed: it keeps the latest alone. */
export class AcknowledgementLog {
  /** When each came first, in epoch ms. */
  readonly #times = new Map<string, number>();

  /** Returns those that are new. */
  note(views: readonly AccountView[]): NotedAcknowledgement[] {
    const shown = views.flatMap(({ name, acknowledgements = [] }) =>
      acknowledgements.map((one) => ({ ...one, account: name })),
    );
    return shown.filter(({ account, subscriber, fingerprint, at }) => {
      const id = [account, subscriber, fingerprint].join(' ');
      if (this.#times.has(id)) return false;
      this.#times.set(id, Date.parse(at));
      return true;
    });
  }

  totals(account: Account, closed: readonly ClosedRotation[]): AcknowledgementTotals {
    const { subscribers, required } = askedBy(account.tags);
    const missing = subscribers.flatMap((subscriber) =>
      closed
        .filter((rotation) => !this.#isInTime(account, subscriber, rotation))
        .map(() => subscriber),
    );
    const expected = subscribers.length * closed.length;
    return {
      expected,
      received: expected - missing.length,
      missing: [...new Set(missing)],
      required,
    };
  }

  #isInTime({ name }: Account, subscriber: string, rotation: ClosedRotation): boolean {
    const time = this.#times.get([name, subscriber, rotation.fingerprint].join(' '));
    return time !== undefined && time <= rotation.oldKeyEndedAt;
  }
}

/** What is wrong with them: a policy that requires acknowledgements was not kept. */
export function acknowledgementProblems(totals: AcknowledgementTotals): string[] {
  const { required, missing, received } = totals;
  if (!required) return [];
  if (missing.length > 0) return [`the old key ended without ${missing.join(', ')}`];
  return received === 0 ? ['expected acknowledgements, found none'] : [];
}

/** Whom an account's tags ask to acknowledge, and whether rotations wait for them. */
export function askedBy(tags: Readonly<Record<string, string>>) {
  const subscribers = tags['key-rotation-subscribers']?.split(',') ?? [];
  return { subscribers, required: tags['key-rotation-ack'] === 'required' };
}
