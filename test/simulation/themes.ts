import type { Dice } from './dice.ts';

/**
 * What a world has more of than others. Some mistakes show only when rare things come together, which
 * in an ordinary world takes centuries.
 */
export type Theme =
  | 'ordinary'
  /** Changes of unknown outcome that take effect late, and people who act until they do. */
  | 'doubt'
  /** A person who acts at the very moment at which the service does. */
  | 'hands'
  /** Instances that stand still, and die, at any moment. */
  | 'frozen'
  /** Replicas of a vault that are behind. */
  | 'stale'
  /** Tables that answer late, or not. */
  | 'storage'
  /** Operators who end key authentication, and changes that leave doubt. */
  | 'keyless'
  /** After a while somebody deploys the service a second time, for the same accounts. */
  | 'rival'
  /** Two deployments from the beginning, and secrets that lose the tag that says whose they are. */
  | 'contest';

/** How many times as likely as usual a kind of fault is; the ones left out are as likely as ever. */
export type Weights = Readonly<Partial<Record<string, number>>>;

export const WEIGHTS: Readonly<Record<Theme, Weights>> = {
  ordinary: {},
  doubt: { lateChange: 100, dropChange: 60, loseChange: 60 },
  hands: { hand: 60 },
  frozen: { stall: 25, crash: 6 },
  stale: { staleRead: 15 },
  keyless: { lateChange: 40, dropChange: 20, loseChange: 40, crash: 4 },
  rival: {},
  contest: {},
  storage: { refused: 4, answerLost: 8, late: 16 },
};

/** Half of the worlds are ordinary. */
export function themeOf(dice: Dice): Theme {
  if (dice.chance(0.5)) return 'ordinary';
  return dice.pick([
    'doubt',
    'doubt',
    'hands',
    'frozen',
    'stale',
    'storage',
    'keyless',
    'rival',
    'contest',
  ] as const);
}
