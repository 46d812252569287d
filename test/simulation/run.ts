import type { Topic } from '../../local/azure/model/topic.ts';
import { judgeAsked, judgeEnds, periodMsOf } from './calm.ts';
import { letHappen, putRight } from './deeds.ts';
import type { Strike } from './draws.ts';
import { judgeHistory } from './history.ts';
import { fingerprintOf } from './ledger.ts';
import { lookAtAll } from './reads.ts';
import type { Scenario } from './scenario.ts';
import { DAY, HOUR, MINUTE, SECOND } from './units.ts';
import type { Violation } from './violations.ts';
import { TIMING, World } from './world.ts';

/** What came of one world. */
export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly rotations: number;
  readonly strikes: readonly Strike[];
  readonly crashes: number;
  readonly appRequests: number;
  readonly appFailures: number;
  readonly passes: number;
  readonly simulatedDays: number;
  readonly trace: readonly string[];
  /** Every event that was sent. */
  readonly events: Topic['accepted'];
}

/** What is left out of a scenario, to find what matters. */
export interface Kept {
  /** Whether a fault of a single call strikes. */
  readonly fault?: (name: string) => boolean;
  /** A world that went wrong already need not live on. */
  readonly stopAtViolation?: boolean;
  /** Nobody wants to know how everything comes right in the end. */
  readonly withoutCalm?: boolean;
}

/** Runs a world: its days with all that goes wrong, then calm days in which everything must come right. */
export async function run(scenario: Scenario, kept: Kept = {}): Promise<Outcome> {
  const world = new World(scenario, { kept: kept.fault });
  const { oracle } = world;
  const isOver = () => kept.stopAtViolation === true && oracle.violations.length > 0;
  world.start();
  for (let day = 0; day < scenario.days && !isOver(); day += 5) {
    const lookAfterMs = Math.ceil(world.draws.share(`look after day ${day}`) * 5 * DAY);
    world.later(lookAfterMs, () => void lookAtAll(world));
    await world.live(Math.min(5, scenario.days - day) * DAY);
  }
  if (!isOver() && !kept.withoutCalm) await calmDown(world);
  world.stop();
  return {
    seed: scenario.seed,
    violations: oracle.violations,
    rotations: oracle.rotations,
    strikes: world.draws.struck,
    crashes: world.crashes,
    appRequests: oracle.appRequests,
    appFailures: oracle.appFailures,
    passes: world.platform.passes,
    simulatedDays: scenario.days,
    trace: oracle.trace,
    events: world.model.topic.accepted,
  };
}

/** From here on nothing fails, apps are back, and people put right what they did. */
export async function beCalm(world: World): Promise<void> {
  world.oracle.say('faults end, and people put right what they did');
  world.isCalm = true;
  world.draws.factor = 0;
  world.draws.inBadHours = false;
  world.storageIsAway = false;
  world.platform.timerIsAway = false;
  world.model.faults.clear();
  world.startStoppedApps();
  await putRight(world);
  // What was sent before may take effect yet.
  await world.live(HOUR);
  await putRight(world);
}

/** An unfinished rotation ends, and the next one is right on time. */
async function calmDown(world: World): Promise<void> {
  await beCalm(world);
  const calmAt = world.time.now();
  await world.live(LONGEST_UNFINISHED_MS);
  if (world.isContested) return;
  for (const { name } of world.scenario.accounts)
    if (world.knows(name)) await judgeRest(world, name);
  judgeEnds(world, calmAt);
  judgeAsked(world);
  judgeLeaks(world);
  await judgeLeak(world);
  await judgeHealing(world);
  await judgeHistory(world);
}

/** A compromised and a scheduled rotation one after the other, each with the longest overlap. */
const LONGEST_UNFINISHED_MS = 16 * DAY;

/** The account is where it should be: idle or on its way, with a live key in the vault. */
export async function judgeRest(world: World, name: string): Promise<void> {
  const { stored, requests } = await world.records.read(world.idOf(name));
  const status = await world.statuses.get(world.idOf(name));
  const complain = (message: string) => {
    const last = `${status?.reason}: ${status?.message}`;
    world.oracle.violate('progress', name, `${message} (${last})`);
  };
  const record = stored?.record;
  if (!record?.active) return complain('nothing is published');
  if (requests.length > 0) complain(`${requests.length} requests are open`);
  const newest = world.vaultOf(name).peek(`${name}-key`).at(-1);
  const { keys } = world.account(name);
  if (!newest?.enabled || !keys.accepts(newest.value)) complain('the newest version is of no use');
  if (status?.attention) complain('a person is asked for help');
  if (record.phase === 'idle' && hasOldVersions(world, name)) {
    complain('a version of a dead key is still enabled');
  }
  const now = world.time.now();
  const policy = status?.policy;
  const slackMs = TIMING.checkIntervalMs + world.scenario.tickMs + HOUR;
  const createdAt = (newest?.created ?? 0) * SECOND;
  if (createdAt + periodMsOf(world.oracle.ledger(name)) + slackMs < now) {
    complain('the active key is older than its period');
  }
  const windowMs = policy?.window ? 4 * DAY : 0;
  const lateAt = (record.retireAt ?? now) + slackMs + windowMs;
  if (record.phase !== 'idle' && record.announcedAt !== null && lateAt < now) {
    complain('the stale key lives on');
  }
}

/** Versions that the service made, of keys that are gone, where nobody came between. */
function hasOldVersions(world: World, name: string): boolean {
  const ledger = world.oracle.ledger(name);
  if (ledger.lostTrackSince(0)) return false;
  const { keys } = world.account(name);
  const live = [keys.value('Key1'), keys.value('Key2')];
  const own = ledger.published.filter(({ by }) => by === 'service').map((each) => each.versionId);
  return world
    .vaultOf(name)
    .peek(`${name}-key`)
    .some(
      ({ enabled, value, version }) => enabled && !live.includes(value) && own.includes(version),
    );
}

/** What an operator declared leaked is in no slot any more. */
function judgeLeaks(world: World): void {
  for (const [name, { leaked, account }] of world.oracle.ledgers) {
    const current = [account.keys.value('Key1'), account.keys.value('Key2')].map(fingerprintOf);
    const left = leaked.filter((fingerprint) => current.includes(fingerprint));
    if (!world.knows(name) || left.length === 0) continue;
    world.oracle.violate('progress', name, `the leaked key ${left.join(', ')} is still there`);
  }
}

/** An operator declares a leak: with Azure reachable, the leaked key is dead soon after the overlap. */
async function judgeLeak(world: World): Promise<void> {
  const slots = ['Key1', 'Key2', 'both'] as const;
  const leaked = new Map<string, readonly string[]>();
  for (const { name } of world.scenario.accounts) {
    if (!world.knows(name)) continue;
    const slot = slots[Math.floor(world.draws.share(`leak of ${name}`) * slots.length)] ?? 'both';
    const { keys } = world.account(name);
    leaked.set(
      name,
      slot === 'both' ? [keys.value('Key1'), keys.value('Key2')] : [keys.value(slot)],
    );
    const deed = { kind: 'compromised', slot, overlapMs: 5 * MINUTE, overrideHold: true } as const;
    letHappen(world, { id: `leak-of-${name}`, at: world.time.now(), account: name, deed });
  }
  await world.live(5 * HOUR);
  for (const [name, values] of leaked) {
    const { keys } = world.account(name);
    const alive = values.filter((value) =>
      [keys.value('Key1'), keys.value('Key2')].includes(value),
    );
    const what = alive.map(fingerprintOf).join(', ');
    if (alive.length > 0) world.oracle.violate('progress', name, `the leaked key ${what} lives on`);
  }
}

/**
 * A person regenerates the active key: apps have a good one after the next look at the account, which
 * comes at once where Azure tells of it.
 */
async function judgeHealing(world: World): Promise<void> {
  for (const { name } of world.scenario.accounts) {
    if (!world.knows(name)) continue;
    const newest = world.vaultOf(name).peek(`${name}-key`).at(-1);
    const { keys, id } = world.account(name);
    const slot = keys.value('Key1') === newest?.value ? 'Key1' : 'Key2';
    world.oracle.ledger(name).meddled.push({ at: world.time.now(), kind: 'regenerate' });
    world.byHand(() => world.model.accounts.regenerateKey(id, slot));
  }
  const { hearsAzure, tickMs } = world.scenario;
  await world.live((hearsAzure ? 0 : TIMING.checkIntervalMs) + tickMs + 30 * MINUTE);
  for (const { name } of world.scenario.accounts) {
    if (!world.knows(name)) continue;
    const newest = world.vaultOf(name).peek(`${name}-key`).at(-1);
    if (newest && world.account(name).keys.accepts(newest.value)) continue;
    world.oracle.violate('progress', name, 'drift was not healed');
  }
}
