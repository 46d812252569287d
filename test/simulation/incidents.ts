import type { Service } from '../../local/azure/model/call.ts';
import type { Dice } from './dice.ts';
import type { AccountPlan, InstancePlan } from './scenario.ts';
import { DAY, HOUR, MINUTE, START } from './units.ts';

/**
 * What services can be away; `storage` are the service's own tables, and without `identity` nobody gets
 * at anything but the data plane.
 */
export type Away = Exclude<Service, 'monitor'> | 'storage';

/** What operators ask for, over the API. */
export type OperatorDeed =
  | { readonly kind: 'rotate' }
  | {
      readonly kind: 'compromised';
      readonly slot: 'Key1' | 'Key2' | 'both' | undefined;
      readonly overlapMs: number;
      readonly overrideHold: boolean;
    }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'hold'; readonly all: boolean; readonly forMs: number }
  | { readonly kind: 'keyless'; readonly backAfterMs: number };

/** What people do in the portal, behind the service's back. */
export type PortalDeed =
  | { readonly kind: 'regenerate'; readonly which: 'active' | 'standby' }
  | { readonly kind: 'disableSecret'; readonly forMs: number }
  | { readonly kind: 'deleteSecret'; readonly purge: boolean }
  | {
      readonly kind: 'setSecret';
      readonly to: 'standby' | 'junk' | 'active';
      /** Without tags and expiry, as the portal's form leaves it; else with those of the version before. */
      readonly bare: boolean;
    }
  | { readonly kind: 'wipeTags' }
  | { readonly kind: 'switchKeysOff'; readonly forMs: number }
  | { readonly kind: 'deleteAccount' }
  | {
      readonly kind: 'retag';
      readonly tags: Readonly<Record<string, string>>;
      readonly forMs: number;
    };

/** What happens to the platform that the service runs on. */
export type PlatformDeed =
  | { readonly kind: 'outage'; readonly service: Away; readonly forMs: number }
  | { readonly kind: 'badHours'; readonly forMs: number }
  | { readonly kind: 'noTimer'; readonly forMs: number }
  | { readonly kind: 'crash'; readonly instance: string }
  | { readonly kind: 'loseRecord' }
  /** The app that acknowledges is scaled to nothing for a while. */
  | { readonly kind: 'stopApp'; readonly forMs: number };

/** What happens to a world, apart from single calls that go wrong. */
export type Deed = OperatorDeed | PortalDeed | PlatformDeed;

/** A deed at its time; `account` is empty where it concerns none. */
export interface Incident {
  readonly id: string;
  readonly at: number;
  readonly account: string;
  readonly deed: Deed;
}

/** Deeds that a person does to keys and secrets behind the service's back. */
export const MEDDLING: readonly Deed['kind'][] = [
  'regenerate',
  'disableSecret',
  'deleteSecret',
  'setSecret',
  'switchKeysOff',
  'wipeTags',
];

type Maker = (dice: Dice, instances: readonly InstancePlan[]) => Deed;

const hours = (dice: Dice, least: number, most: number) =>
  dice.between(least * 60, most * 60) * MINUTE;

const OF_AN_ACCOUNT: readonly (readonly [weight: number, make: Maker])[] = [
  [6, () => ({ kind: 'rotate' })],
  [
    3,
    (dice) => ({
      kind: 'compromised',
      slot: dice.pick(['Key1', 'Key2', 'both', undefined] as const),
      overlapMs: dice.pick([0, 5 * MINUTE, 2 * HOUR]),
      overrideHold: dice.chance(0.5),
    }),
  ],
  [3, () => ({ kind: 'rollback' })],
  [2, (dice) => ({ kind: 'hold', all: dice.chance(0.3), forMs: hours(dice, 1, 120) })],
  [0.5, (dice) => ({ kind: 'keyless', backAfterMs: hours(dice, 24, 240) })],
  [2, (dice) => ({ kind: 'regenerate', which: dice.pick(['active', 'standby'] as const) })],
  [1, (dice) => ({ kind: 'disableSecret', forMs: hours(dice, 1, 72) })],
  [1, (dice) => ({ kind: 'deleteSecret', purge: dice.chance(0.3) })],
  [
    2,
    (dice) => ({
      kind: 'setSecret',
      to: dice.pick(['standby', 'junk', 'active'] as const),
      bare: dice.chance(0.5),
    }),
  ],
  [1, () => ({ kind: 'wipeTags' })],
  [1, (dice) => ({ kind: 'switchKeysOff', forMs: hours(dice, 1, 100) })],
  [0.2, () => ({ kind: 'deleteAccount' })],
  [
    2,
    (dice) => ({
      kind: 'retag',
      tags: dice.pick([
        { 'key-rotation-period': 'P10D' },
        { 'key-rotation-overlap': 'P4D' },
        { 'key-rotation-period': 'soon' },
        { 'key-rotation-window': 'Sat-Sun 10:00-11:00' },
        { 'key-rotation': 'disabled' },
      ] as Record<string, string>[]),
      forMs: hours(dice, 12, 400),
    }),
  ],
  [2, () => ({ kind: 'loseRecord' })],
  [4, (dice) => ({ kind: 'stopApp', forMs: hours(dice, 48, 168) })],
  // Past an overlap and the limit of acknowledgements: a person is told, and the key stays.
  [1, (dice) => ({ kind: 'stopApp', forMs: hours(dice, 200, 480) })],
];

/** Apps need the vault within an overlap, so it is never away for long. */
const LONGEST_HOURS: Readonly<Record<Away, number>> = {
  vault: 6,
  arm: 48,
  eventgrid: 48,
  storage: 24,
  data: 48,
  identity: 6,
};

const OF_ALL: readonly (readonly [weight: number, make: Maker])[] = [
  [
    4,
    (dice) => {
      const service = dice.pick(['vault', 'arm', 'eventgrid', 'storage'] as const);
      return { kind: 'outage', service, forMs: hours(dice, 0, LONGEST_HOURS[service]) };
    },
  ],
  [4, (dice) => ({ kind: 'badHours', forMs: hours(dice, 1, 8) })],
  [2, (dice) => ({ kind: 'noTimer', forMs: hours(dice, 1, 26) })],
  [4, (dice, instances) => ({ kind: 'crash', instance: dice.pick(instances).name })],
];

/** A quiet world has few, a busy one several a week. The first days of a longer life are the same. */
export function incidentsOf(
  dice: Dice,
  days: number,
  accounts: readonly AccountPlan[],
  instances: readonly InstancePlan[],
): Incident[] {
  const perDay = accounts.length / dice.pick([4, 8, 20]);
  const incidents: Incident[] = [];
  for (let at = START; ; ) {
    at += Math.ceil((-Math.log(1 - dice.next()) / perDay) * DAY);
    if (at >= START + days * DAY) return incidents;
    const id = `incident-${incidents.length + 1}`;
    const everywhere = dice.chance(0.3);
    const account = everywhere ? '' : dice.pick(accounts).name;
    const deed = weighted(dice, everywhere ? OF_ALL : OF_AN_ACCOUNT)(dice, instances);
    incidents.push({ id, at, account, deed });
  }
}

/** What the data plane and the identity have of their own, so that the others are what they were. */
export function rareOutagesOf(dice: Dice, days: number): Incident[] {
  return everySoOften(dice, days, 50 * DAY, 'rare', () => {
    const service = dice.pick(['data', 'identity'] as const);
    const forMs = hours(dice, 0, LONGEST_HOURS[service]);
    return { account: '', deed: { kind: 'outage', service, forMs } };
  });
}

/** Operators end key authentication; somebody lets keys in again about when that is through, or later. */
export function endsOfKeysOf(
  dice: Dice,
  days: number,
  accounts: readonly AccountPlan[],
): Incident[] {
  return everySoOften(dice, days, 12 * DAY, 'end', () => ({
    account: dice.pick(accounts).name,
    deed: { kind: 'keyless', backAfterMs: hours(dice, 48, 240) },
  }));
}

/** People take the tags off a secret, and with them whose it is. */
export function untaggingOf(
  dice: Dice,
  days: number,
  accounts: readonly AccountPlan[],
): Incident[] {
  return everySoOften(dice, days, 8 * DAY, 'untag', () => ({
    account: dice.pick(accounts).name,
    deed: { kind: 'wipeTags' },
  }));
}

/** Incidents that are so far apart on average. The first ones of a longer life are the same. */
function everySoOften(
  dice: Dice,
  days: number,
  everyMs: number,
  name: string,
  make: () => Pick<Incident, 'account' | 'deed'>,
): Incident[] {
  const incidents: Incident[] = [];
  for (let at = START; ; ) {
    at += Math.ceil(-Math.log(1 - dice.next()) * everyMs);
    if (at >= START + days * DAY) return incidents;
    incidents.push({ id: `${name}-${incidents.length + 1}`, at, ...make() });
  }
}

/** The same, where whose a secret is must not get lost: people copy its tags along. */
export function keepingTags(incident: Incident): Incident {
  const { deed } = incident;
  switch (deed.kind) {
    case 'setSecret':
      return { ...incident, deed: { ...deed, bare: false } };
    case 'deleteSecret':
      return { ...incident, deed: { ...deed, purge: false } };
    case 'wipeTags':
      return { ...incident, deed: { kind: 'regenerate', which: 'active' } };
    default:
      return incident;
  }
}

function weighted(dice: Dice, makers: readonly (readonly [number, Maker])[]): Maker {
  let left = dice.next() * makers.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of makers) {
    left -= weight;
    if (left < 0) return make;
  }
  throw new Error('no maker was drawn');
}
