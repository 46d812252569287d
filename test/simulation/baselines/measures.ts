import type { Ledger } from '../ledger.ts';
import type { Scenario } from '../scenario.ts';
import { DAY, HOUR } from '../units.ts';
import type { Statement } from '../violations.ts';
import type { World } from '../world.ts';
import { periodMsOf } from './baseline.ts';

/** What a planner came to in a world, by what can be seen from outside, whatever the planner. */
export interface Measured {
  readonly seed: number;
  /** The world has faults of all kinds at their usual rates, or none; no kind is its theme. */
  readonly isOrdinary: boolean;
  /** Versions of secrets that it made. */
  readonly keysPublished: number;
  readonly keysRegenerated: number;
  /** For how long the keys that it ended had worked after they were replaced, together. */
  readonly replacedKeysLivedMs: number;
  /** How many keys that is. */
  readonly replacedKeysEnded: number;
  readonly appRequests: number;
  /** Requests refused of apps that reload in time, unless a person may be the cause. */
  readonly appFailures: number;
  /** Active keys that it regenerated itself. */
  readonly activeKeysKilled: number;
  /** Keys that it published before the account accepted them, or that it did not accept any more. */
  readonly deadKeysPublished: number;
  /** Full hours at which an account's secret held a key that did not work, whoever was the cause. */
  readonly deadKeyHours: number;
  /** Accounts whose secret held no working key for a day, long after all faults had ended. */
  readonly deadAtEnd: number;
  /** Accounts whose key was older than its period and a week by then. */
  readonly overdueAtEnd: number;
  readonly accountsAtEnd: number;
}

/** From the end of all faults until what is left undone counts. */
export const REST_MS = 16 * DAY;
const GRACE_MS = 7 * DAY;

/** Looks at the secrets of a world every hour, from now on. */
export class HourlyLook {
  deadKeyHours = 0;
  /** When each account's secret last held a key that worked, by the account's name. */
  readonly aliveAt = new Map<string, number>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.#wait();
  }

  #wait(): void {
    this.#world.later(HOUR, () => {
      for (const { name } of this.#world.scenario.accounts) {
        const state = stateOf(this.#world, name);
        if (state === 'dead') this.deadKeyHours += 1;
        if (state === 'alive') this.aliveAt.set(name, this.#world.time.now());
      }
      this.#wait();
    });
  }
}

/** What of a world can be seen from outside at its end. */
export function measuresOf(world: World, seen: HourlyLook): Measured {
  const { oracle, scenario } = world;
  const ledgers = [...oracle.ledgers.values()];
  const ended = ledgers.flatMap(replacedThenEnded);
  const violated = (statement: Statement) =>
    oracle.violations.filter((violation) => violation.statement === statement).length;
  const sum = (count: (ledger: Ledger) => number) =>
    ledgers.reduce((total, ledger) => total + count(ledger), 0);
  return {
    seed: scenario.seed,
    isOrdinary: scenario.theme === 'ordinary',
    keysPublished: sum(({ published }) => published.filter(({ by }) => by === 'service').length),
    keysRegenerated: sum((each) => each.ended.filter(({ by }) => by === 'service').length),
    replacedKeysLivedMs: ended.reduce((total, livedMs) => total + livedMs, 0),
    replacedKeysEnded: ended.length,
    appRequests: oracle.appRequests,
    appFailures: oracle.appFailures,
    activeKeysKilled: violated('activeKey'),
    deadKeysPublished: violated('published'),
    deadKeyHours: seen.deadKeyHours,
    ...atEnd(world, scenario, seen),
  };
}

/** How long each key that the planner ended had worked since another took its place. */
function replacedThenEnded(ledger: Ledger): number[] {
  return ledger.ended.flatMap(({ by, value, at }) => {
    const replacedAt = ledger.replacedAt(value);
    return by === 'service' && replacedAt !== undefined && replacedAt <= at
      ? [at - replacedAt]
      : [];
  });
}

function atEnd(world: World, { accounts }: Scenario, { aliveAt }: HourlyLook) {
  const now = world.time.now();
  let deadAtEnd = 0;
  let overdueAtEnd = 0;
  let accountsAtEnd = 0;
  for (const { name } of accounts) {
    if (stateOf(world, name) === 'none') continue;
    accountsAtEnd += 1;
    // Not the minutes in the middle of a rotation.
    if (now - (aliveAt.get(name) ?? 0) > DAY) deadAtEnd += 1;
    const createdAt = (world.vaultOf(name).peek(`${name}-key`).at(-1)?.created ?? 0) * 1000;
    if (now - createdAt > periodMsOf(world, name) + GRACE_MS) overdueAtEnd += 1;
  }
  return { deadAtEnd, overdueAtEnd, accountsAtEnd };
}

/** `none`: there is no account, or it takes no keys; `away`: nobody can read the secret. */
function stateOf(world: World, name: string): 'none' | 'away' | 'dead' | 'alive' {
  if (!world.knows(name) || world.account(name).disableLocalAuth) return 'none';
  const secret = `${name}-key`;
  const vault = world.vaultOf(name);
  const newest = vault.isDeleted(secret) ? undefined : vault.peek(secret).at(-1);
  if (!newest?.enabled) return 'away';
  return world.account(name).keys.accepts(newest.value) ? 'alive' : 'dead';
}
