import { describe, expect, test } from 'vitest';
import type { AccountSpec } from '../../local/azure/model/account.ts';
import { Failure } from '../../shared/core/failures.ts';
import { DEFAULT_FLEET } from '../../shared/core/fleet/limits.ts';
import { brakesNow, releaseBrake } from '../../shared/service/operations/brakes.ts';
import type { AccountStatus } from '../../shared/service/statusPorts.ts';
import { DAY, HOUR, MINUTE, OTHER_VAULT_URL, World } from './world.ts';

const PERIOD = { 'key-rotation-period': 'P1D', 'key-rotation-overlap': 'PT1H' };
const AFTER = DEFAULT_FLEET.brake.after;
const QUIET = DEFAULT_FLEET.brake.quietMs;

/** Names of a fleet's accounts. */
function names(count: number, prefix = 'main'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

function given(name: string, tags: Record<string, string> = {}): AccountSpec {
  const inOther = name.startsWith('other-');
  const place = inOther && { 'key-rotation-secret': `${OTHER_VAULT_URL}/secrets/${name}-key` };
  return { name, tags: { ...PERIOD, ...place, ...tags } };
}

async function statusesOf(world: World): Promise<AccountStatus[]> {
  const found: AccountStatus[] = [];
  for await (const status of world.statuses.list()) found.push(status);
  return found;
}

/** Lives minute by minute, with a look at all accounts after each. */
async function watch(
  world: World,
  durationMs: number,
  look: (statuses: readonly AccountStatus[]) => void,
): Promise<void> {
  const end = world.time.now() + durationMs;
  while (world.time.now() < end) {
    await world.live(MINUTE);
    look(await statusesOf(world));
  }
}

function liftAll(lifts: readonly (() => void)[]): void {
  for (const lift of lifts) lift();
}

const underWay = ({ phase }: AccountStatus) => phase !== null && phase !== 'idle';

/** Starts of scheduled rotations by account, in order. */
async function startsOf(world: World, all: readonly string[]) {
  const starts: { name: string; at: number }[] = [];
  for (const name of all) {
    for (const { reason, outcome, at } of await world.history(name)) {
      if (reason === 'Due' && outcome === 'noted') starts.push({ name, at });
    }
  }
  return starts.sort((left, right) => left.at - right.at);
}

describe('the limit of accounts under way', () => {
  test('is kept from the first adoption on, and everybody gets there', async () => {
    const all = names(9);
    const world = new World({
      accounts: all.map((name) => given(name, { 'key-rotation-period': 'P30D' })),
    });
    world.fleet = { ...DEFAULT_FLEET, maxUnderWay: 2 };
    const reasons = new Set<string>();
    let most = 0;
    await watch(world, 15 * HOUR, (statuses) => {
      most = Math.max(most, statuses.filter(underWay).length);
      for (const { reason } of statuses) reasons.add(reason);
    });
    expect(most).toBe(2);
    expect(reasons).toContain('FleetLimit');
    const ends = await Promise.all(
      all.map(async (name) => (await world.record(name)).lastRotation),
    );
    expect(ends.map((end) => end?.cause)).toEqual(all.map(() => 'adoption'));
    expect(world.violations).toEqual([]);
  });

  test('is not for what a person asks for', async () => {
    const world = new World({ accounts: [given('language'), given('main-1')] });
    await world.live(HOUR * 3);
    world.fleet = { ...DEFAULT_FLEET, maxUnderWay: 1 };
    await world.request({ kind: 'manual' });
    await world.live(2 * MINUTE);
    expect((await world.status()).phase).toBe('overlap');
    await world.records.addRequest(world.id('main-1'), {
      id: 'asked',
      kind: 'manual',
      createdAt: world.time.now(),
      actor: 'ops',
      comment: 'too',
      fingerprints: [],
      overlapMs: 0,
      overrideHold: false,
      users: [],
      rotationId: null,
    });
    await world.statuses.setNextCheck(world.id('main-1'), world.time.now(), 'asked');
    await world.live(2 * MINUTE);
    expect((await world.status('main-1')).phase).toBe('overlap');
  });
});

describe('rings', () => {
  test('let the canary go first, and others after it has published', async () => {
    const world = new World({
      accounts: [given('main-0'), given('main-1'), given('canary', { 'key-rotation-ring': '0' })],
    });
    world.fleet = { ...DEFAULT_FLEET, ringDelayMs: 30 * MINUTE };
    await world.live(3 * MINUTE);
    expect((await world.status('canary')).phase).toBe('overlap');
    expect(await world.status('main-0')).toMatchObject({ phase: null, reason: 'RingWaiting' });
    await world.live(35 * MINUTE);
    expect((await world.status('main-0')).phase).toBe('overlap');
    expect((await world.status('main-1')).phase).toBe('overlap');
  });

  test.each([
    ['whose secret cannot be read', { service: 'vault', target: 'canary-key' }, 503],
    ['that cannot be read', { service: 'arm', target: 'canary' }, 503],
    ['for which the limits leave no room', { service: 'arm', target: 'canary' }, 429],
  ] as const)('let nobody pass a due canary %s, for a day', async (_, where, status) => {
    const main = 'main-0';
    const world = new World({
      accounts: [given(main), given('canary', { 'key-rotation-ring': '0' })],
    });
    await world.live(2 * DAY);
    const before = await world.status('canary');
    const fault = { kind: 'status', status, retryAfterSeconds: 30 } as const;
    world.azure.faults.add({ ...where, fault });
    await world.live(DAY);
    const { secretUrl, policy, dueAt, publishedAt } = await world.status('canary');
    expect({ secretUrl, policy, dueAt, publishedAt }).toEqual({
      secretUrl: before.secretUrl,
      policy: before.policy,
      dueAt: before.dueAt,
      publishedAt: before.publishedAt,
    });
    expect(policy).toMatchObject({ ring: 0 });
    // The other was due shortly before the canary, and then not again for a day.
    const due = (await world.status(main)).dueAt ?? 0;
    await world.live(due + DAY - MINUTE - world.time.now());
    expect(await world.status(main)).toMatchObject({ reason: 'RingWaiting', dueAt: due });
    await world.live(10 * MINUTE);
    expect((await world.status(main)).phase).toBe('overlap');
  });

  test('know an account that is under way when its record cannot be read', async () => {
    const world = new World({ accounts: [given('main-0')] });
    await world.live(10 * MINUTE);
    const before = await world.status('main-0');
    world.intercept = (call, proceed) => {
      if (call !== 'records.readOwn') return proceed();
      return Promise.reject(new Failure('unavailable', 'a table is away'));
    };
    await world.live(20 * MINUTE);
    const { phase, cause, retireAt, policy, reason } = await world.status('main-0');
    expect(reason).toBe('ObservationIncomplete');
    const kept = { phase: before.phase, cause: before.cause, retireAt: before.retireAt };
    expect({ phase, cause, retireAt }).toEqual(kept);
    expect(phase).toBe('overlap');
    expect(policy).toEqual(before.policy);
  });
});

describe('an outage of one vault', () => {
  const MAIN = names(AFTER + 3);
  const OTHER = names(AFTER + 3, 'other');

  /** Two vaults' accounts, all idle; then those of one vault cannot be read. */
  async function outage() {
    const world = new World({ accounts: [...MAIN, ...OTHER].map((name) => given(name)) });
    await world.live(3 * HOUR);
    const lift = OTHER.map((name) =>
      world.azure.faults.add({
        service: 'vault',
        target: `${name}-key`,
        fault: { kind: 'status', status: 503 },
      }),
    );
    return { world, lift: () => liftAll(lift) };
  }

  test("stops starts in that vault's accounts only; they go on after the quiet time", async () => {
    const { world, lift } = await outage();
    await world.live(HOUR);
    const [braked] = await world.statuses.brakes();
    expect(braked?.state).toMatchObject({
      id: 'vault-read-other.vault.azure.net',
      brake: { kind: 'unavailable' },
    });
    const during = world.time.now();
    await world.live(DAY);
    expect((await startsOf(world, OTHER)).filter(({ at }) => at > during)).toEqual([]);
    const mine = await startsOf(world, MAIN);
    expect(new Set(mine.map(({ name }) => name))).toEqual(new Set(MAIN));

    lift();
    const over = world.time.now();
    await world.live(6 * HOUR);
    const after = (await startsOf(world, OTHER)).filter(({ at }) => at > over);
    expect(new Set(after.map(({ name }) => name))).toEqual(new Set(OTHER));
    // The first is let through as a trial, the others wait.
    expect(after[1]?.at ?? 0).toBeGreaterThanOrEqual(over + QUIET - 2 * MINUTE);
    expect((await world.statuses.brakes())[0]?.state.brake).toBeNull();
    expect(world.violations).toEqual([]);
  });

  test('is said once when it brakes and once when that ends, in the log and in the history of all', async () => {
    const { world, lift } = await outage();
    await world.live(2 * HOUR);
    lift();
    await world.live(2 * HOUR);
    const said = world.telemetry
      .filter(({ name }) => name === 'problem')
      .map(({ reason }) => reason);
    expect(said.filter((reason) => reason === 'FleetBraked')).toHaveLength(1);
    expect(said.filter((reason) => reason === 'BrakeReleased')).toHaveLength(1);
    const { entries } = await world.records.history(null, 10);
    expect(entries.map(({ reason }) => reason)).toEqual(['BrakeReleased', 'FleetBraked']);
  });

  test('lets what is under way there finish when it is over', async () => {
    const world = new World({ accounts: [...MAIN, ...OTHER].map((name) => given(name)) });
    await world.live(5 * MINUTE);
    const lift = OTHER.map((name) =>
      world.azure.faults.add({
        service: 'vault',
        target: `${name}-key`,
        fault: { kind: 'status', status: 503 },
      }),
    );
    await world.live(2 * HOUR);
    expect((await world.statuses.brakes())[0]?.state.brake).not.toBeNull();
    for (const name of MAIN) expect((await world.record(name)).phase).toBe('idle');
    for (const name of OTHER) expect((await world.record(name)).phase).toBe('overlap');
    liftAll(lift);
    await world.live(5 * MINUTE);
    for (const name of OTHER) expect((await world.record(name)).phase).toBe('idle');
    expect((await world.statuses.brakes())[0]?.state.brake).not.toBeNull();
  });

  test('is over for the fleet when an operator says so', async () => {
    const { world } = await outage();
    await world.live(HOUR);
    const [brake] = await brakesNow(world.dependencies());
    const id = brake?.id ?? '';
    const ann = { actor: 'ann', comment: 'the vault is back' };
    expect(await releaseBrake(id, ann, world.dependencies())).toBe(true);
    expect(await releaseBrake(id, ann, world.dependencies())).toBe(false);
    expect(await brakesNow(world.dependencies())).toEqual([]);
    await world.live(20 * MINUTE);
    // The same failures are no news.
    expect(await brakesNow(world.dependencies())).toEqual([]);
    const { entries } = await world.records.history(null, 1);
    expect(entries).toMatchObject([{ reason: 'BrakeReleased', actor: 'ann' }]);
    expect(entries[0]?.message).toMatch(
      /^the vault is back \(vault-read-other\.vault.*\(unavailable\)\)$/,
    );
  });

  test('is over when ticks write at the same time as the operator', async () => {
    const { world } = await outage();
    await world.live(HOUR);
    let writes = 0;
    world.intercept = (call, proceed) => {
      if (call !== 'statuses.writeBrake') return proceed();
      writes += 1;
      return writes < 3 ? false : proceed();
    };
    const id = 'vault-read-other.vault.azure.net';
    const released = { actor: 'ann', comment: undefined };
    expect(await releaseBrake(id, released, world.dependencies())).toBe(true);
    world.intercept = undefined;
    expect(await brakesNow(world.dependencies())).toEqual([]);
  });

  test('with fewer accounts than it takes brakes nothing', async () => {
    const few = names(AFTER - 1, 'other');
    const world = new World({ accounts: [...MAIN, ...few].map((name) => given(name)) });
    await world.live(3 * HOUR);
    for (const name of few) {
      const fault = { kind: 'status', status: 503 } as const;
      world.azure.faults.add({ service: 'vault', target: `${name}-key`, fault });
    }
    await world.live(DAY);
    expect(await world.statuses.brakes()).toEqual([]);
    expect(await statusesOf(world)).toContainEqual(
      expect.objectContaining({ trouble: expect.objectContaining({ call: 'vault-read' }) }),
    );
  });

  test('of a few accounts that fail for good brakes nothing while others are read', async () => {
    const { world, lift } = await outage();
    lift();
    await world.live(HOUR);
    for (const name of OTHER.slice(0, AFTER)) {
      const fault = { kind: 'status', status: 403 } as const;
      world.azure.faults.add({ service: 'vault', target: `${name}-key`, fault });
      await world.live(20 * MINUTE);
    }
    await world.live(DAY);
    expect((await world.statuses.brakes()).map(({ state }) => state.brake)).not.toContainEqual(
      expect.anything(),
    );
  });
});

describe('accounts that fail for good, one after the other', () => {
  test('brake nothing while others publish in between, though those are only looked at since', async () => {
    const chronic = names(AFTER, 'chronic');
    // They are tried hours after the others have published.
    const early = { 'key-rotation-window': 'Mon-Sun 06:00-07:00 UTC' };
    const accounts = [
      ...names(3).map((name) => given(name)),
      ...chronic.map((name) => given(name, early)),
    ];
    const world = new World({ accounts });
    await world.live(2 * DAY);
    for (const name of chronic) {
      const fault = { kind: 'status', status: 403 } as const;
      world.azure.faults.add({ operation: 'setSecret', target: `${name}-key`, fault });
      await world.live(DAY);
    }
    const failing = (await statusesOf(world)).filter(({ trouble }) => trouble !== null);
    expect(failing.map(({ trouble }) => trouble?.call)).toEqual(chronic.map(() => 'vault-change'));
    expect(world.telemetry.filter(({ reason }) => reason === 'FleetBraked')).toEqual([]);
  });
});

describe('a topic that takes nothing', () => {
  test('stops all starts but a trial in each quiet time', async () => {
    const all = names(20);
    const world = new World({ accounts: all.map((name) => given(name)) });
    await world.live(3 * HOUR);
    world.azure.faults.set([{ service: 'eventgrid', fault: { kind: 'status', status: 503 } }]);
    await world.live(DAY);
    const [braked] = await world.statuses.brakes();
    expect(braked?.state).toMatchObject({ id: 'topic', brake: { kind: 'unavailable' } });
    const starts = await startsOf(world, all);
    const since = braked?.state.brake?.since ?? 0;
    const trials = starts.filter(({ at }) => at > since);
    for (const [index, { at }] of trials.slice(1).entries()) {
      expect(at - (trials[index]?.at ?? 0)).toBeGreaterThanOrEqual(QUIET);
    }
    world.azure.faults.clear();
    await world.live(DAY);
    expect(new Set((await startsOf(world, all)).map(({ name }) => name)).size).toBe(all.length);
    expect(world.violations).toEqual([]);
  });
});
