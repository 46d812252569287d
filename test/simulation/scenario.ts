import type { FleetLimits } from '../../shared/core/fleet/limits.ts';
import { Dice } from './dice.ts';
import {
  endsOfKeysOf,
  type Incident,
  incidentsOf,
  keepingTags,
  rareOutagesOf,
  untaggingOf,
} from './incidents.ts';
import { type Theme, themeOf } from './themes.ts';
import { HOUR, MINUTE, SECOND } from './units.ts';
import { inOtherVault } from './vaults.ts';

/** An account as it is when the world begins. */
export interface AccountPlan {
  readonly name: string;
  readonly kind: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The service may not call the account's data plane. */
  readonly shutsServiceOut: boolean;
  /** There is a secret already, with this slot's value, as Microsoft's sample leaves it. */
  readonly secretFrom: 'Key1' | 'Key2' | undefined;
}

/** How an app gets to a new key. */
export const HABITS = ['events', 'poll', 'refusal', 'cached', 'silent'] as const;
/** One of {@link HABITS}. */
export type Habit = (typeof HABITS)[number];

/** An app that calls one account. */
export interface AppPlan {
  readonly name: string;
  readonly account: string;
  readonly habit: Habit;
  /** The app's clock minus the true time. */
  readonly skewMs: number;
}

/** A function instance. */
export interface InstancePlan {
  readonly name: string;
  readonly skewMs: number;
}

/** Everything about a world that is settled before it begins. */
export interface Scenario {
  readonly seed: number;
  readonly days: number;
  readonly tickMs: number;
  readonly keyPropagationMs: number;
  /** How long the data plane still takes a key that was regenerated. */
  readonly keyLingerMs?: number;
  readonly accounts: readonly AccountPlan[];
  readonly apps: readonly AppPlan[];
  readonly instances: readonly InstancePlan[];
  /** How many times as likely as usual faults are. */
  readonly faultFactor: number;
  readonly theme: Theme;
  readonly incidents: readonly Incident[];
  /** The deployment finds its accounts by their tags; else they are named one by one. */
  readonly isDiscovered?: boolean;
  /** The events of Key Vault and Resource Manager reach the service. */
  readonly hearsAzure?: boolean;
  /** What the deployment allows its fleet. */
  readonly fleet: FleetLimits;
  /** Nobody touches keys and secrets behind the back of what rotates them. */
  readonly leftAlone?: boolean;
}

/** Seeds of what is drawn apart are far from those of worlds. */
const OF_RARE_OUTAGES = 1_000_000_007;
const OF_THEME = 2_000_000_011;

/** Two instances' clocks differ by less than `clockSkewMs` of the service's timing. */
const LARGEST_SKEW_MS = 2 * MINUTE;
const KINDS = ['TextAnalytics', 'TextTranslation', 'OpenAI', 'AIServices', 'CognitiveServices'];
const PERIODS = ['P7D', 'P14D', 'P30D'];
const OVERLAPS = ['P2D', 'P3D'];
const WINDOWS = ['Mon-Fri 08:00-16:00 Europe/Berlin', '22:00-04:00', 'Tue,Thu 09:00-12:00 UTC'];

/** Makes a world up from a seed. */
export function scenarioOf(seed: number, days: number): Scenario {
  const dice = new Dice(seed);
  const accounts = Array.from({ length: dice.pick([1, 1, 1, 2]) }, (_, index) =>
    accountPlan(dice, `account-${index + 1}`),
  );
  const apps = accounts.flatMap((account) => appPlans(dice, account));
  const skewed = dice.chance(0.5);
  const instances = Array.from({ length: dice.between(1, 3) }, (_, index) => ({
    name: `instance-${index + 1}`,
    skewMs: skewed ? dice.between(-LARGEST_SKEW_MS, LARGEST_SKEW_MS) : 0,
  }));
  const theme = themeOf(dice);
  const faultFactor = theme === 'ordinary' ? dice.pick([0, 0.3, 1, 1, 4]) : 1;
  const tickMs = dice.pick([MINUTE, 5 * MINUTE]);
  const keyPropagationMs = dice.pick([0, 0, 20_000, 3 * MINUTE]);
  const ordinary = incidentsOf(dice, days, accounts, instances);
  const rare = rareOutagesOf(new Dice(seed + OF_RARE_OUTAGES), days);
  const ofTheme =
    theme === 'keyless' ? endsOfKeysOf : theme === 'contest' ? untaggingOf : undefined;
  const themed = ofTheme?.(new Dice(seed + OF_THEME), days, accounts) ?? [];
  const all = [...ordinary, ...rare, ...themed];
  const incidents = all.toSorted((left, right) => left.at - right.at);
  // Of chance of its own: a seed's world stays the one that it was before there were fleets.
  const fleetDice = new Dice(seed + FLEET_SEED);
  const fleet = fleetOf(fleetDice, accounts.length);
  const ringed = withCanary(accounts, fleetDice);
  const isDiscovered = fleetDice.chance(0.5);
  const hearsAzure = fleetDice.chance(0.5);
  // The last is longer than the service tries.
  const keyLingerMs = fleetDice.pick([0, 0, 20 * SECOND, 3 * MINUTE, 20 * MINUTE]);
  const placed = ringed.map((plan) => (fleetDice.chance(0.3) ? inOtherVault(plan) : plan));
  return {
    seed,
    days,
    tickMs,
    keyPropagationMs,
    keyLingerMs,
    accounts: isDiscovered ? placed.map(enabled) : placed,
    isDiscovered,
    hearsAzure,
    apps,
    instances,
    faultFactor,
    theme,
    fleet,
    incidents: theme === 'rival' ? incidents.map(keepingTags) : incidents,
  };
}

const FLEET_SEED = 1_000_000_007;

/** A limit that all accounts fit into, and a brake that one or two of them can set. */
function fleetOf(dice: Dice, accounts: number): FleetLimits {
  return {
    maxUnderWay: dice.pick([null, null, accounts]),
    ringDelayMs: dice.pick([0, 0, HOUR]),
    brake: { after: dice.pick([1, 2, 5]), quietMs: 15 * MINUTE },
  };
}

/** In some worlds the first account is a canary, for which the others wait. */
function withCanary(accounts: readonly AccountPlan[], dice: Dice): AccountPlan[] {
  const [first, ...others] = accounts;
  if (!first || !dice.chance(0.4)) return [...accounts];
  return [{ ...first, tags: { ...first.tags, 'key-rotation-ring': '0' } }, ...others];
}

function enabled(plan: AccountPlan): AccountPlan {
  return { ...plan, tags: { ...plan.tags, 'key-rotation': 'enabled' } };
}

function accountPlan(dice: Dice, name: string): AccountPlan {
  const subscribers = dice.chance(0.4) ? ['events'] : [];
  const required = subscribers.length > 0 && dice.chance(0.5);
  const tags = {
    'key-rotation-period': dice.pick(PERIODS),
    'key-rotation-overlap': dice.pick(OVERLAPS),
    ...(dice.chance(0.25) && { 'key-rotation-window': dice.pick(WINDOWS) }),
    ...(subscribers.length > 0 && { 'key-rotation-subscribers': subscribers.join(',') }),
    ...(required && { 'key-rotation-ack': 'required' }),
  };
  return {
    name,
    kind: dice.pick(KINDS),
    tags,
    shutsServiceOut: dice.chance(0.1),
    secretFrom: dice.pick([undefined, undefined, 'Key1', 'Key2'] as const),
  };
}

/** An app of each habit, each of which may come first to a fault. */
function appPlans(dice: Dice, account: AccountPlan): AppPlan[] {
  return HABITS.map((habit) => ({
    name: `${habit} of ${account.name}`,
    account: account.name,
    habit,
    skewMs: dice.chance(0.3) ? dice.between(-5 * MINUTE, 5 * MINUTE) : 0,
  }));
}

/** How often an app of this habit reads its secret of its own accord. */
export const POLL_INTERVAL_MS: Readonly<Record<Exclude<Habit, 'silent'>, number>> = {
  events: 24 * HOUR,
  poll: 12 * HOUR,
  refusal: 24 * HOUR,
  cached: 24 * HOUR,
};
