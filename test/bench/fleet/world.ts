import { readFileSync } from 'node:fs';
import { inProcessPorts } from '../../../local/azure/in-process/ports.ts';
import { runOnVirtualTime } from '../../../local/azure/in-process/run.ts';
import type { Account } from '../../../local/azure/model/account.ts';
import { AzureModel } from '../../../local/azure/model/azure-model.ts';
import { Conductor } from '../../../local/azure/model/conduct.ts';
import {
  azureThrottles,
  type ThrottleLimits,
  Throttles,
} from '../../../local/azure/model/throttles.ts';
import { ManualTime, sleep } from '../../../local/azure/model/time.ts';
import { MemoryRecords } from '../../../local/memory/records.ts';
import { MemoryStatuses } from '../../../local/memory/statuses.ts';
import { Quotas } from '../../../shared/azure/quotas.ts';
import { DEFAULT_FLEET } from '../../../shared/core/fleet/limits.ts';
import { accountTag, SECRET_TAGS } from '../../../shared/core/observation.ts';
import { POLICY_DEFAULTS } from '../../../shared/core/policy.ts';
import type { RotationRecord } from '../../../shared/core/record.ts';
import { DEFAULT_TIMING } from '../../../shared/core/timing.ts';
import { freshRecord } from '../../../shared/core/transitions.ts';
import type { Dependencies } from '../../../shared/service/dependencies.ts';
import { discover } from '../../../shared/service/discovery.ts';
import { Key } from '../../../shared/service/key.ts';
import type { Records } from '../../../shared/service/recordPorts.ts';
import type { AccountStatus } from '../../../shared/service/statusPorts.ts';
import { CallCounts } from './counts.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const DAY = 86_400_000;
export const START = Date.UTC(2026, 0, 5, 12);

/** What a fleet is like. */
export interface FleetOptions {
  readonly accounts: number;
  readonly subscriptions: number;
  readonly vaults: number;
  readonly instances: number;
  readonly seed: number;
  readonly overlapMs: number;
  /** How long each call to Azure, and to a table, takes. */
  readonly latencyMs: number;
  readonly tableLatencyMs: number;
  /** Azure does not document whether ARM counts POST listKeys as a read or as a write. */
  readonly listKeysBucket: 'armRead' | 'armWrite';
  readonly limits: ThrottleLimits;
}

export const FLEET: FleetOptions = {
  accounts: 10_000,
  subscriptions: 10,
  vaults: 10,
  instances: 8,
  seed: 1,
  overlapMs: 60 * MINUTE,
  latencyMs: 60,
  tableLatencyMs: 10,
  listKeysBucket: 'armRead',
  limits: azureThrottles,
};

/** A fleet of which every account is due at `START`, by the service's own records, and instances to work on it. */
export class FleetWorld {
  readonly options: FleetOptions;
  readonly time = new ManualTime(START - 5 * MINUTE);
  readonly model: AzureModel;
  readonly counts = new CallCounts();
  readonly statuses = new MemoryStatuses();
  readonly records = new MemoryRecords();
  /** When each account's new key was published, and when its rotation was closed. */
  readonly publishedAt = new Map<string, number>();
  readonly closedAt = new Map<string, number>();
  readonly #conductor: Conductor;
  #ids = 0;

  constructor(options: FleetOptions) {
    this.options = options;
    const { seed, latencyMs, limits } = options;
    this.model = new AzureModel(this.time, (host) => `https://${host}.example/`, { seed });
    this.model.faults.add({ fault: { kind: 'latency', ms: latencyMs } });
    this.#conductor = new Conductor({
      time: this.time,
      faults: this.model.faults,
      throttles: new Throttles(this.time, limits),
      log: this.counts,
    });
  }

  /** Accounts with a secret and a record, as a rotation one period ago left them. */
  async settle(): Promise<void> {
    const { accounts, subscriptions, vaults } = this.options;
    for (let index = 0; index < vaults; index++) {
      this.model.addVault(`vault-${index}`, vaultUrl(index));
    }
    for (let index = 0; index < accounts; index++) {
      const name = `account-${index}`;
      const url = vaultUrl(index % vaults);
      await this.#settleOne(
        this.model.accounts.add({
          name,
          subscription: subscriptionId(index % subscriptions),
          tags: { 'key-rotation': 'enabled', 'key-rotation-secret': `${url}/secrets/${name}-key` },
        }),
        url,
      );
    }
    await this.#discoverAll();
    this.counts.reset();
    this.time.advance(START - this.time.now());
  }

  /** As the ticks before left it: every account is known, and due with the next. */
  async #discoverAll(): Promise<void> {
    const dependencies = this.instance();
    const { subscriptionIds } = dependencies.accounts;
    await runOnVirtualTime(this.time, discover(subscriptionIds, dependencies));
    const ids = this.model.accounts.all().map(({ id }) => id.toLowerCase());
    await this.statuses.schedule(ids.map((accountId) => ({ accountId, nextCheckAt: START })));
    const discoveredAt = this.time.now();
    await this.statuses.writeTick({ at: START - MINUTE, discoveredAt, missed: [] });
  }

  /** What a worker on one instance works with. */
  instance(): Dependencies {
    const { time, statuses, model } = this;
    const { overlapMs, vaults, subscriptions, listKeysBucket } = this.options;
    let draws = 0;
    const quotas = new Quotas({
      clock: time,
      sleep: (ms) => sleep(time, ms),
      // Even enough, and the same in every run.
      random: () => (draws++ * 0.618_033_988_75) % 1,
    });
    const ports = inProcessPorts(model, {
      callTimeoutMs: DEFAULT_TIMING.callTimeoutMs,
      listedIds: [],
      subscriptionIds: Array.from({ length: subscriptions }, (_, index) => subscriptionId(index)),
      conductor: this.#conductor,
      quotas,
      listKeysBucket,
    });
    return {
      deployment: {
        deployment: 'fleet',
        apiUrl: undefined,
        timing: DEFAULT_TIMING,
        fleet: DEFAULT_FLEET,
        policyDefaults: {
          ...POLICY_DEFAULTS,
          'key-rotation-overlap': `PT${overlapMs / SECOND}S`,
        },
        vaultUrl: vaultUrl(0),
        allowedVaultUrls: Array.from({ length: vaults }, (_, index) => vaultUrl(index)),
        allowKeyless: false,
      },
      ids: { next: () => `id-${this.#ids++}` },
      ...ports,
      records: this.#slow(this.#noting(this.records)),
      statuses: this.#slow(statuses),
      telemetry: { record: () => {} },
      quota: quotas,
    };
  }

  async #settleOne(account: Account, url: string): Promise<void> {
    const id = account.id.toLowerCase();
    const name = `${account.name}-key`;
    const createdAt = START - 30 * DAY;
    const value = new Key(account.keys.value('Key1'));
    const tags = {
      [SECRET_TAGS.activeSlot]: 'Key1',
      [SECRET_TAGS.fingerprint]: value.fingerprint,
      [SECRET_TAGS.accountId]: accountTag(id),
      [SECRET_TAGS.managedBy]: 'fleet',
    };
    const version = this.model.vaults.get(vaultNameOf(url))?.set(name, value.reveal(), { tags });
    if (!version) throw new Error('no vault');
    const record: RotationRecord = {
      ...freshRecord(id, 0),
      active: {
        secret: { vaultUrl: url, name },
        versionId: version.version,
        createdAt,
        slot: 'Key1',
        fingerprint: value.fingerprint,
      },
      lastRotation: {
        id: 'before',
        cause: 'schedule',
        startedAt: createdAt,
        closedAt: createdAt,
        confirmedDead: true,
      },
    };
    await this.records.write(record, null, []);
    await this.statuses.put(statusOf(record, account.name));
  }

  /** Tables answer after a while. */
  #slow<T extends object>(port: T): T {
    const { time } = this;
    const { tableLatencyMs } = this.options;
    return new Proxy(port, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        if (STREAMS.has(String(property))) return member.bind(target) as unknown;
        return async (...args: unknown[]) => {
          await sleep(time, tableLatencyMs);
          return (member as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  }

  #noting(records: Records): Records {
    const note = (record: RotationRecord) => {
      const { accountId, phase, active, lastRotation } = record;
      if (phase === 'overlap' && active && !this.publishedAt.has(accountId)) {
        this.publishedAt.set(accountId, active.createdAt);
      }
      if (phase === 'idle' && lastRotation && lastRotation.closedAt >= START) {
        this.closedAt.set(accountId, lastRotation.closedAt);
      }
    };
    return new Proxy(records, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          if (property === 'write') note(args[0] as RotationRecord);
          return (member as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  }
}

const STREAMS = new Set(['list', 'scheduled', 'lookedAtSince', 'seenIn']);

/** What host.json lets one instance take from the queue. */
export function queueSettings(): { batchSize: number; newBatchThreshold: number } {
  const { extensions } = JSON.parse(readFileSync('host.json', 'utf8')) as {
    extensions: { queues: { batchSize: number; newBatchThreshold: number } };
  };
  return extensions.queues;
}

function statusOf({ accountId, active }: RotationRecord, name: string): AccountStatus {
  return {
    accountId,
    name,
    kind: 'TextAnalytics',
    phase: 'idle',
    cause: null,
    rotationId: null,
    activeSlot: active?.slot ?? null,
    fingerprint: active?.fingerprint ?? null,
    publishedAt: active?.createdAt ?? null,
    staleFingerprint: null,
    retireAt: null,
    secretUrl: active && `${active.secret.vaultUrl}/secrets/${active.secret.name}`,
    lastRotationId: 'before',
    reason: 'NotDue',
    message: 'the active key is young enough',
    attention: false,
    nextCheckAt: START,
    nextStepAt: START,
    dueAt: START,
    trouble: null,
    workedAt: {},
    lookedAt: START - DAY,
    policy: null,
    missingSubscribers: [],
    keyless: false,
    networkRestricted: false,
    customSubdomain: true,
    updatedAt: START - DAY,
  };
}

function subscriptionId(index: number): string {
  return `00000000-0000-0000-0000-${String(index + 1).padStart(12, '0')}`;
}

function vaultUrl(index: number): string {
  return `https://vault-${index}.vault.azure.net`;
}

function vaultNameOf(url: string): string {
  return new URL(url).hostname.split('.')[0] ?? '';
}
