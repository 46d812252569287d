import type { AccountView } from './accountsApi.ts';
import type { Pace } from './scenario.ts';
import { type AccountTotals, sum } from './totals.ts';

/** An account as the live view shows it. */
export interface Row {
  readonly name: string;
  readonly kind: string;
  /** Of the active key, like its fingerprint; empty before there is one. */
  readonly slot: string;
  readonly fingerprint: string;
  readonly phase: string;
  /** Until the phase ends by the clock; empty when it does not. */
  readonly left: string;
  readonly reason: string;
  readonly attention: boolean;
  readonly rotations: number;
  /** Acknowledgements of the active key, of those asked for; empty where nobody is asked. */
  readonly acks: string;
  /** Who has been asked and has not acknowledged. */
  readonly missing: readonly string[];
  readonly served: number;
  readonly failed: number;
  /** How the last failed request failed; null when none did. */
  readonly lastFailure: string | null;
}

/** One row for each account, known to the service or not yet. */
export function rowsOf(
  accounts: readonly { readonly name: string; readonly kind: string }[],
  views: readonly AccountView[],
  totals: readonly AccountTotals[],
  pace: Pace,
  now: number,
): Row[] {
  return accounts.map(({ name, kind }) => {
    const view = views.find((each) => each.name === name);
    const total = totals.find((each) => each.name === name);
    return {
      name,
      kind,
      slot: view?.activeSlot ?? '',
      fingerprint: view?.fingerprint ?? '',
      phase: view?.phase ?? '',
      left: view ? timeLeft(view, pace, now) : '',
      reason: view?.reason ?? 'not seen yet',
      attention: view?.attention ?? false,
      rotations: total?.rotationsCompleted ?? 0,
      ...acknowledged(view),
      served: sum(total?.served ?? []),
      failed: sum(total?.failed ?? []),
      lastFailure: total?.lastFailure ?? null,
    };
  });
}

function acknowledged(view: AccountView | undefined): Pick<Row, 'acks' | 'missing'> {
  const asked = view?.policy?.subscribers ?? [];
  if (!view?.activeSlot || asked.length === 0) return { acks: '', missing: [] };
  const missing = view.missingSubscribers;
  return { acks: `${asked.length - missing.length}/${asked.length}`, missing };
}

/** Of the overlap until the stale key goes; of the period until the next rotation at the latest. */
function timeLeft(view: AccountView, pace: Pace, now: number): string {
  if (view.phase === 'overlap' && view.stale && view.stale.retireAt) {
    return seconds(Date.parse(view.stale.retireAt) - now);
  }
  if (view.phase === 'idle' && view.activeSince) {
    return `≤ ${seconds(Date.parse(view.activeSince) + pace.periodMs - now)}`;
  }
  return '';
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1_000))} s`;
}
