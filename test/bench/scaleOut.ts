import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatedAzure } from '../../local/azure/index.ts';
import { type Environment, startEnvironment } from '../../local/environment.ts';
import type { HostProcess } from '../../local/host/spawn.ts';
import { accountPath } from '../../shared/core/accountPath.ts';
import { EVENT_TYPES, type RotationEventData } from '../../shared/core/events.ts';
import setUpPrograms, { bundled } from '../programs.ts';
import { cpuSecondsOf } from './cpu.ts';

/** A fleet on several host processes. Ratios are against one host. */
export interface ScaleOut {
  readonly limits: Readonly<Record<string, string | number>>;
  readonly rounds: readonly Round[];
}

/** Every account rotated once, by so many host processes. CPU in seconds of one core. */
interface Round {
  readonly hosts: number;
  readonly seconds: number;
  readonly rotationsPerSecond: number;
  readonly ofOneHost: number;
  readonly hostCpuPerRotation: number;
  readonly hostCpuOfOneHost: number;
  readonly azuriteCpuPerRotation: number;
  /** With the load generator, which is the same process. */
  readonly simulatedAzureCpuPerRotation: number;
  /** CPU seconds used per second, by all of these together. */
  readonly coresBusy: number;
  /** What is left to compare where others use the machine too. */
  readonly rotationsPerBusyCore: number;
  readonly passes: number;
  /** Share of passes that found another worker at the account, or were overtaken. */
  readonly claimsLost: number;
  /** Beyond the two of each rotation: work done twice. */
  readonly regenerationsTooMany: number;
}

const SEED = 1;
const HOSTS = [1, 2, 4];
/** For passes that end right after the last event that is waited for. */
const SETTLE_MS = 3_000;

/** Everything is slow on a machine that is full: nothing may be given up for that. */
const PACE = {
  // As deployed: a tick that comes amid a round finds accounts due that are being worked on.
  TWINKEY_TICK_SCHEDULE: '0 * * * * *',
  TWINKEY_SEND_WITHIN: 'PT15S',
  TWINKEY_CALL_TIMEOUT: 'PT10S',
  TWINKEY_CLOCK_SKEW: 'PT0.5S',
  TWINKEY_QUARANTINE: 'PT26S',
  TWINKEY_CLAIM: 'PT30S',
  TWINKEY_PROBE_INTERVAL: 'PT1S',
  TWINKEY_MINIMUM_INTERVAL: 'PT1S',
  TWINKEY_DEFAULT_OVERLAP: 'PT27S',
  TWINKEY_DEFAULT_PERIOD: 'PT12H',
  // The end of every pass is told, so that they can be counted.
  'AzureFunctionsJobHost__logging__logLevel__Function.pass.User': 'Debug',
};

/**
 * Rotates a fleet over the wire with one host process, then with two, then with four. The rotations are
 * whole ones without a wait: each active key is declared compromised, with no overlap. Azure throttles
 * nothing here, so that it is the hosts that are measured.
 */
export async function scaleOut(count: number): Promise<ScaleOut> {
  const removePrograms = await setUpPrograms();
  const environment = await startEnvironment({
    accounts: Array.from({ length: count }, (_, index) => ({
      name: `contoso-${index}`,
      kind: 'TextAnalytics',
      tags: { 'key-rotation': 'enabled' },
    })),
    app: bundled('app.mjs'),
    settings: PACE,
    throttles: {},
    seed: SEED,
  });
  try {
    await untilRetired(environment.azure, 0);
    const hosts = [environment.host];
    const rounds: Round[] = [];
    for (const wanted of HOSTS) {
      while (hosts.length < wanted) hosts.push(await environment.addHost());
      // Whoever has just started is slower; that is not counted.
      await rotateAll(environment, hosts);
      rounds.push(await measureRound(environment, hosts, rounds[0]));
    }
    return { limits: limitsOf(count), rounds };
  } finally {
    await environment.stop();
    await removePrograms();
  }
}

function limitsOf(accounts: number): ScaleOut['limits'] {
  const azure = 'nothing throttled, no latency';
  const load = rounded(loadavg()[0] ?? 0);
  return { seed: SEED, accounts, cores: availableParallelism(), load, azure };
}

async function measureRound(
  environment: Environment,
  hosts: readonly HostProcess[],
  one: Round | undefined,
): Promise<Round> {
  const { azure } = environment;
  const count = azure.model.accounts.all().length;
  const passes = countPasses(hosts);
  const [before, regenerated] = [await cpuOf(environment, hosts), regenerationsOf(azure)];
  const startedAt = performance.now();
  await rotateAll(environment, hosts);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await cpuOf(environment, hosts);
  const used = after.map((now, index) => now - (before[index] ?? 0));
  const [hostCpu = 0, azuriteCpu = 0, azureCpu = 0] = used.map((cpu) => cpu / count);
  const total = used.reduce((sum, cpu) => sum + cpu, 0);
  await sleep(SETTLE_MS);
  const { all, lost } = passes();
  return {
    hosts: hosts.length,
    seconds: rounded(seconds),
    rotationsPerSecond: rounded(count / seconds),
    ofOneHost: rounded(one ? count / seconds / one.rotationsPerSecond : 1),
    hostCpuPerRotation: rounded(hostCpu),
    hostCpuOfOneHost: rounded(one ? hostCpu / one.hostCpuPerRotation : 1),
    azuriteCpuPerRotation: rounded(azuriteCpu),
    simulatedAzureCpuPerRotation: rounded(azureCpu),
    coresBusy: rounded(total / seconds),
    rotationsPerBusyCore: rounded(count / total),
    passes: all,
    claimsLost: rounded(lost / all, 1000),
    regenerationsTooMany: regenerationsOf(azure) - regenerated - 2 * count,
  };
}

/** Resolves when every account has one more rotation behind it. */
async function rotateAll(environment: Environment, hosts: readonly HostProcess[]): Promise<void> {
  const { azure } = environment;
  const retired = untilRetired(azure, azure.model.topic.accepted.length);
  await askForAll(environment, hosts);
  await retired;
}

/** Declares every active key compromised, over the API of each host in turn. */
async function askForAll(
  { azure, functionKey }: Environment,
  hosts: readonly HostProcess[],
): Promise<void> {
  const headers = { 'x-functions-key': functionKey, 'content-type': 'application/json' };
  const body = JSON.stringify({ cause: 'compromised', reason: 'bench', overlap: 'PT0S' });
  const ask = async ({ id }: { id: string }, index: number) => {
    const url = hosts[index % hosts.length]?.url;
    const path = `api/accounts/${accountPath(id.toLowerCase())}/rotations`;
    const response = await fetch(`${url}/${path}`, { method: 'POST', headers, body });
    if (response.status !== 202) throw new Error(`answered ${response.status}`);
    await response.arrayBuffer();
  };
  await Promise.all(azure.model.accounts.all().map(ask));
}

/** Resolves when every account's stale key is gone, by the events from the `start`th on. */
async function untilRetired({ model }: SimulatedAzure, start: number): Promise<void> {
  const waiting = new Set(model.accounts.all().map(({ id }) => id.toLowerCase()));
  for (let next = start; ; ) {
    const answered = model.log.next({ service: 'eventgrid' });
    for (; next < model.topic.accepted.length; next++) {
      const event = model.topic.accepted[next]?.event;
      if (event?.type !== EVENT_TYPES.keyRetired) continue;
      waiting.delete((event['data'] as RotationEventData).accountId);
    }
    if (waiting.size === 0) return;
    await answered;
  }
}

/** Seconds used so far: by all hosts, by Azurite, by the simulated Azure, which is this process. */
async function cpuOf({ azurite }: Environment, hosts: readonly HostProcess[]): Promise<number[]> {
  const ofHosts = await Promise.all(hosts.map(({ pid }) => cpuSecondsOf(pid)));
  const { user, system } = process.cpuUsage();
  const sum = ofHosts.reduce((total, cpu) => total + cpu, 0);
  return [sum, await cpuSecondsOf(azurite.pid), (user + system) / 1e6];
}

/** Listens to the hosts until the returned function is called. */
function countPasses(hosts: readonly HostProcess[]): () => { all: number; lost: number } {
  const counted = { all: 0, lost: 0 };
  const stops = hosts.map((host) =>
    host.onLine((line) => {
      const reason = /"message":"pass (\w+) /.exec(line)?.[1];
      if (reason) counted.all += 1;
      if (reason === 'ClaimedByAnother') counted.lost += 1;
    }),
  );
  return () => {
    for (const stop of stops) stop();
    return counted;
  };
}

function regenerationsOf({ model }: SimulatedAzure): number {
  return model.accounts.all().reduce((sum, { keys }) => sum + keys.regenerations.length, 0);
}

function rounded(value: number, parts = 100): number {
  return Math.round(value * parts) / parts;
}
