import type { Call, TroubleKind } from '../trouble.ts';
import { type FleetAccount, subscriptionOf } from './account.ts';
import { Best } from './best.ts';
import type { BrakeLimits } from './limits.ts';

/** No start that needs this call, in this scope. Times in epoch ms. */
export interface Brake {
  readonly kind: TroubleKind;
  readonly since: number;
  /** Accounts that failed since the call last worked, as far as they were counted. */
  readonly accounts: number;
  readonly lastFailureAt: number;
  /** When the brake ends if nothing fails any more. */
  readonly endsAt: number;
  /** From then on one account may begin, to see. */
  readonly trialAt: number;
}

/** What is remembered of one call in one scope. */
export interface BrakeState {
  /** `{call}`, or `{call}-{scope}`. */
  readonly id: string;
  readonly call: Call;
  /** A vault's host, a subscription's id; null: the call is the same one for all accounts. */
  readonly scope: string | null;
  readonly brake: Brake | null;
  /** When the call last worked, or people or the passing of time put an end to the brake; 0: never. */
  readonly clearedAt: number;
}

/** A call as one account needs it. */
export type Need = Pick<BrakeState, 'id' | 'call' | 'scope'>;

/** What `account` needs of `call`: of its own vault, of its own subscription, of what all share. */
export function needOf(account: FleetAccount, call: Call): Need {
  const scope = scopeOf(account, call);
  return { id: scope === null ? call : `${call}-${scope}`, call, scope };
}

function scopeOf(account: FleetAccount, call: Call): string | null {
  switch (call) {
    case 'vault-read':
    case 'vault-change':
      return account.vaultUrl === null ? '' : new URL(account.vaultUrl).host;
    case 'arm-read':
    case 'arm-change':
      return subscriptionOf(account);
    case 'data-plane':
    case 'topic':
      return null;
  }
}

interface Failing {
  readonly accountId: string;
  readonly kind: TroubleKind;
  readonly since: number;
  readonly at: number;
}

/** The accounts that fail, by what they need: of each the last few that began to. */
export class Failures {
  readonly #limit: number;
  readonly #byId = new Map<string, { need: Need; failing: Best<Failing> }>();

  constructor({ after }: BrakeLimits) {
    this.#limit = after;
  }

  add(account: FleetAccount): void {
    const { trouble, accountId } = account;
    if (!trouble) return;
    const need = needOf(account, trouble.call);
    const found = this.#byId.get(need.id) ?? { need, failing: new Best(this.#limit, laterFirst) };
    this.#byId.set(need.id, found);
    found.failing.add({ accountId, kind: trouble.kind, since: trouble.since, at: trouble.at });
  }

  /** Everything that failed or is braked, as of before: what {@link nextState} judges. */
  needs(states: readonly BrakeState[]): BrakeState[] {
    const known = new Map(states.map((state) => [state.id, state]));
    for (const { need } of this.#byId.values()) {
      if (!known.has(need.id)) known.set(need.id, { ...need, brake: null, clearedAt: 0 });
    }
    return [...known.values()];
  }

  /** Those that began to fail after the call last worked, the last first. */
  of({ id, clearedAt }: BrakeState): readonly Failing[] {
    const { failing } = this.#byId.get(id) ?? {};
    return failing?.items.filter(({ since }) => since > clearedAt) ?? [];
  }
}

function laterFirst(left: Failing, right: Failing): number {
  return right.since - left.since || (left.accountId < right.accountId ? -1 : 1);
}

/** Whether so many accounts in a row failed in the same way that it would be braked. */
export function isSuspect(failing: readonly Failing[], { after }: BrakeLimits): boolean {
  return failing.length >= after && new Set(failing.map(({ kind }) => kind)).size === 1;
}

/**
 * A state as it stands at `now`: braked anew, for longer, or not any more. `retryMs`: an account that
 * fails is tried again within that time; until then silence says nothing.
 */
export function nextState(
  state: BrakeState,
  failures: Failures,
  now: number,
  limits: BrakeLimits,
  retryMs: number,
): BrakeState {
  const { brake } = state;
  const failing = failures.of(state);
  const last = Math.max(brake?.lastFailureAt ?? 0, ...failing.map(({ at }) => at));
  const endsAt = last + limits.quietMs + (failing.length > 0 ? retryMs : 0);
  const [first] = failing;
  if (brake) {
    if (now >= endsAt) return { ...state, brake: null, clearedAt: now };
    const accounts = Math.max(brake.accounts, failing.length);
    return { ...state, brake: { ...brake, accounts, lastFailureAt: last, endsAt } };
  }
  if (!first || !isSuspect(failing, limits) || now >= endsAt) return state;
  const { kind } = first;
  const times = { since: now, lastFailureAt: last, endsAt, trialAt: now + limits.quietMs };
  return { ...state, brake: { kind, accounts: failing.length, ...times } };
}
