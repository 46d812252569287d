import { DEFAULT_FLEET } from '../../../shared/core/fleet/limits.ts';
import type { Choose } from '../draws.ts';
import { judgeHistory } from '../history.ts';
import { judgeRest } from '../run.ts';
import type { Scenario } from '../scenario.ts';
import { DAY, HOUR, MINUTE, START } from '../units.ts';
import type { Violation } from '../violations.ts';
import { World } from '../world.ts';

/** A fault at a place: the so-manieth call of its sort, or the moment after it. */
export interface Fault {
  readonly place: string;
  readonly kind: string;
}

/** What came of a rotation with certain faults. */
export interface CaseOutcome {
  readonly violations: readonly Violation[];
  /** Every further fault that could have struck after the last of them. */
  readonly next: readonly Fault[];
  readonly trace: readonly string[];
}

const ACCOUNT = 'account-1';
/** By then the account is adopted and idle. */
const ASKED_AT = START + 3 * DAY;
const OVERLAP_MS = 2 * DAY;

/** One account, apps of every habit, two instances: an operator asks for a rotation. */
const SCENARIO: Scenario = {
  seed: 1,
  days: 7,
  tickMs: MINUTE,
  keyPropagationMs: 20_000,
  accounts: [
    {
      name: ACCOUNT,
      kind: 'TextAnalytics',
      tags: { 'key-rotation-period': 'P30D', 'key-rotation-overlap': 'P2D' },
      shutsServiceOut: false,
      secretFrom: undefined,
    },
  ],
  apps: (['events', 'poll', 'refusal', 'cached'] as const).map((habit) => ({
    name: habit,
    account: ACCOUNT,
    habit,
    skewMs: 0,
  })),
  instances: [
    { name: 'instance-1', skewMs: 0 },
    { name: 'instance-2', skewMs: 90_000 },
  ],
  faultFactor: 1,
  theme: 'ordinary',
  fleet: DEFAULT_FLEET,
  incidents: [{ id: 'request', at: ASKED_AT, account: ACCOUNT, deed: { kind: 'rotate' } }],
};

/** The same account without apps: an operator ends key authentication. */
const END_OF_KEYS: Scenario = {
  ...SCENARIO,
  apps: [],
  incidents: [
    {
      id: 'request',
      at: ASKED_AT,
      account: ACCOUNT,
      deed: { kind: 'keyless', backAfterMs: 30 * DAY },
    },
  ],
};

/** What is asked for, when faults may strike, and what has to come of it. */
interface Course {
  readonly scenario: Scenario;
  readonly mayFail: (world: World) => boolean;
  readonly judgeEnd: (world: World) => Promise<void>;
}

const COURSES = {
  rotation: {
    scenario: SCENARIO,
    mayFail: ({ time }) => time.now() > ASKED_AT,
    judgeEnd: judgeRotation,
  },
  // Until both keys are replaced it is a rotation like the other.
  endOfKeys: {
    scenario: END_OF_KEYS,
    mayFail: (world) => replacedSlots(world).size === 2,
    judgeEnd: judgeEndOfKeys,
  },
} satisfies Record<string, Course>;

/** What an operator asked for. */
export type CourseName = keyof typeof COURSES;
/** All of them. */
export const COURSE_NAMES = Object.keys(COURSES) as CourseName[];

/** What goes wrong later is no part of it. */
const LAST_FAULT_AT = ASKED_AT + OVERLAP_MS + HOUR;

/** Lets what was asked for take its course, in which exactly these faults strike, in their order. */
export async function runCase(name: CourseName, faults: readonly Fault[]): Promise<CaseOutcome> {
  const { scenario, mayFail, judgeEnd }: Course = COURSES[name];
  const left = [...faults];
  const next: Fault[] = [];
  const choose: Choose = (place, kinds) => {
    if (world.time.now() > LAST_FAULT_AT || !mayFail(world)) return undefined;
    const [first] = left;
    if (first === undefined) {
      next.push(...faultsAt(place, kinds));
      return undefined;
    }
    const kind = first.place === place ? kinds.find((each) => each === first.kind) : undefined;
    if (kind !== undefined) left.shift();
    return kind;
  };
  const world = new World(scenario, { choose });
  world.start();
  await world.live(ASKED_AT - START + OVERLAP_MS + 12 * HOUR);
  await judgeEnd(world);
  world.stop();
  return { violations: world.oracle.violations, next, trace: world.oracle.trace };
}

/** Of the faults of a call that changes nothing these are all that its caller can tell apart. */
const OF_READS: readonly string[] = ['error', 'throttled', 'refused'];
const CHANGES =
  /^instance-\d (regenerateKey|setSecret|updateSecret|publishEvents|records\.(write|removeRequest)|statuses\.(put|setNextCheck|writeTick)|queue\.enqueue) /;

/**
 * What may strike at a place that makes a difference. The moment before a call is the moment after the
 * one before it; a slow call is like a slow caller.
 */
function faultsAt(place: string, kinds: readonly string[]): Fault[] {
  return kinds.filter((kind) => differs(place, kind)).map((kind) => ({ place, kind }));
}

function differs(place: string, kind: string): boolean {
  if (/ (at|to) /.test(place)) return !/ begins #\d+$/.test(place) && kind !== 'hand';
  if (!place.startsWith('instance-')) return kind === 'so';
  if (kind === 'slow' || kind === 'latency' || kind === 'lateChange') return false;
  if (kind === 'staleRead') return true;
  return CHANGES.test(place) || OF_READS.includes(kind);
}

/** Whatever happened, the rotation has ended: both keys are new, and the account is idle. */
async function judgeRotation(world: World): Promise<void> {
  await judgeRest(world, ACCOUNT);
  await judgeHistory(world);
  const { stored } = await world.records.read(world.idOf(ACCOUNT));
  if (stored?.record.phase !== 'idle') {
    world.oracle.violate('progress', ACCOUNT, `the rotation is still in ${stored?.record.phase}`);
  }
  if (replacedSlots(world).size < 2)
    world.oracle.violate('progress', ACCOUNT, 'a key was not replaced');
}

/** Slots whose keys are others than when the operator asked. */
function replacedSlots(world: World): ReadonlySet<string> {
  const since = world.oracle.ledger(ACCOUNT).ended.filter(({ at }) => at >= ASKED_AT);
  return new Set(since.map(({ slot }) => slot));
}

/** Whatever happened, no key works any more, and the secret is disabled. */
async function judgeEndOfKeys(world: World): Promise<void> {
  await judgeHistory(world);
  const { requests } = await world.records.read(world.idOf(ACCOUNT));
  const complain = (message: string) => world.oracle.violate('progress', ACCOUNT, message);
  if (!world.account(ACCOUNT).disableLocalAuth) complain('keys still work');
  if (requests.length > 0) complain('the request is still open');
  const isEnabled = world
    .vaultOf(ACCOUNT)
    .peek(`${ACCOUNT}-key`)
    .some(({ enabled }) => enabled);
  if (isEnabled) complain('a version of the secret is still enabled');
}

/** The pairs that begin with a fault; of those every n-th. */
export function pairsOf(next: readonly Fault[], every: number): readonly Fault[] {
  return next.filter((_, index) => index % every === 0);
}
