import { onTestFinished } from 'vitest';
import { inProcessPorts } from '../../local/azure/in-process/ports.ts';
import { runOnVirtualTime } from '../../local/azure/in-process/run.ts';
import { Subscribers } from '../../local/azure/in-process/subscribers.ts';
import type { AccountSpec, Account as ModelAccount } from '../../local/azure/model/account.ts';
import { AzureModel } from '../../local/azure/model/azure-model.ts';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import { ManualTime } from '../../local/azure/model/time.ts';
import { MemoryRecords } from '../../local/memory/records.ts';
import { MemoryStatuses } from '../../local/memory/statuses.ts';
import { DEFAULT_FLEET, type FleetLimits } from '../../shared/core/fleet/limits.ts';
import type { RotationRequest } from '../../shared/core/observation.ts';
import { POLICY_DEFAULTS } from '../../shared/core/policy.ts';
import type { RotationRecord } from '../../shared/core/record.ts';
import type { Wait } from '../../shared/core/steps.ts';
import { DEFAULT_TIMING } from '../../shared/core/timing.ts';
import { carryOut } from '../../shared/service/carryOut.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { Key } from '../../shared/service/key.ts';
import { runPass } from '../../shared/service/pass.ts';
import type { TelemetryEntry } from '../../shared/service/ports.ts';
import type { PassMessage } from '../../shared/service/queuePorts.ts';
import type { HistoryEntry } from '../../shared/service/recordPorts.ts';
import { tick } from '../../shared/service/scheduler.ts';
import type { AccountStatus } from '../../shared/service/statusPorts.ts';
import { expectContractKept } from '../contract/eventContract.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const START = Date.UTC(2026, 0, 5, 12);
const VAULT_URL = 'https://main.vault.azure.net';
/** A vault that tags may name. */
export const OTHER_VAULT_URL = 'https://other.vault.azure.net';

/** Thrown in the place of a call: the process dies there. */
export class Crash extends Error {}

/** Calls that answer with a stream: a crash there is covered by the calls around it. */
export const STREAMS: ReadonlySet<string> = new Set([
  'accounts.discover',
  'statuses.list',
  'statuses.scheduled',
  'statuses.seenIn',
  'statuses.lookedAtSince',
]);

/** Lets a test stand in the way of a port's call: before it, or after it with its answer lost. */
export type Interceptor = (call: string, proceed: () => unknown) => unknown;

export interface WorldOptions {
  readonly accounts?: readonly AccountSpec[];
  readonly tickMs?: number;
  readonly keyPropagationMs?: number;
  /** Accounts are found by their tag in this subscription and a second one, not listed by id. */
  readonly discovered?: true;
}

/** A second subscription. */
export const OTHER_SUBSCRIPTION = '00000000-0000-0000-0000-000000000002';

/**
 * The production planner, pass and scheduler on the simulated Azure's in-process front and virtual
 * time, with an eye on every regenerate: whatever a test does, the service must never regenerate
 * the key that the vault names, nor a stale key before its time. The test fails, too, when an event
 * that it sent is not as published.
 */
export class World {
  readonly time = new ManualTime(START);
  readonly azure: AzureModel;
  readonly records = new MemoryRecords();
  readonly statuses: MemoryStatuses;
  readonly events: CloudEvent[] = [];
  readonly telemetry: TelemetryEntry[] = [];
  /** What went wrong, by the oracle; has to stay empty. */
  readonly violations: string[] = [];
  /** What the deployment allows its fleet. */
  fleet: FleetLimits = DEFAULT_FLEET;
  intercept: Interceptor | undefined;
  readonly #tickMs: number;
  readonly #ports: ReturnType<typeof inProcessPorts>;
  #ids = 0;
  /** Accounts whose next regenerate is a person's, not the service's. */
  #byHand = false;

  constructor({ accounts = [{ name: 'language' }], ...options }: WorldOptions = {}) {
    this.#tickMs = options.tickMs ?? MINUTE;
    this.azure = new AzureModel(
      this.time,
      (host) => `https://${host}.cognitiveservices.azure.com/`,
      {
        throttles: {},
        ...(options.keyPropagationMs && { keyPropagationMs: options.keyPropagationMs }),
      },
    );
    this.azure.addVault('main', VAULT_URL);
    this.azure.addVault('other', OTHER_VAULT_URL);
    for (const account of accounts) this.azure.accounts.add(account);
    this.statuses = new MemoryStatuses();
    this.#ports = inProcessPorts(this.azure, {
      callTimeoutMs: DEFAULT_TIMING.callTimeoutMs,
      listedIds: options.discovered ? [] : this.azure.accounts.all().map(({ id }) => id),
      subscriptionIds: options.discovered ? [this.azure.subscription, OTHER_SUBSCRIPTION] : [],
    });
    new Subscribers(this.azure).subscribe({ name: 'all' }, async (event) => {
      this.events.push(event);
      return 200;
    });
    this.#watchRegenerates();
    onTestFinished(() => expectContractKept(this.azure.topic));
  }

  account(name = 'language'): ModelAccount {
    const found = this.azure.accounts.all().find((account) => account.name === name);
    if (!found) throw new Error(`no account ${name}`);
    return found;
  }

  id(name = 'language'): string {
    return this.account(name).id.toLowerCase();
  }

  get vault() {
    const vault = this.azure.vaults.get('main');
    if (!vault) throw new Error('no vault');
    return vault;
  }

  /** The newest version of an account's secret, as a person would see it. */
  newest(secret = 'language-key') {
    return this.vault.peek(secret).at(-1);
  }

  /** The slot whose value the vault holds. */
  activeSlot(name = 'language'): 'Key1' | 'Key2' | undefined {
    const value = this.newest(`${name}-key`)?.value;
    const { keys } = this.account(name);
    return (['Key1', 'Key2'] as const).find((slot) => keys.value(slot) === value);
  }

  async record(name = 'language'): Promise<RotationRecord> {
    const record = (await this.records.read(this.id(name))).stored?.record;
    if (!record) throw new Error('no record');
    return record;
  }

  async status(name = 'language'): Promise<AccountStatus> {
    const status = await this.statuses.get(this.id(name));
    if (!status) throw new Error('no status');
    return status;
  }

  async history(name = 'language'): Promise<HistoryEntry[]> {
    return (await this.records.history(this.id(name), 1_000)).entries.reverse();
  }

  async request(request: Partial<RotationRequest> & Pick<RotationRequest, 'kind'>): Promise<void> {
    await this.records.addRequest(this.id(), {
      id: `request-${this.#ids++}`,
      createdAt: this.time.now(),
      actor: 'ops',
      comment: 'a test asks',
      fingerprints: [],
      overlapMs: 5 * MINUTE,
      overrideHold: false,
      users: [],
      rotationId: null,
      ...request,
    });
    await this.statuses.setNextCheck(this.id(), this.time.now());
  }

  /** What a worker of this deployment works with; calls pass the interceptor, if one is set. */
  dependencies(overrides: Partial<Dependencies> = {}): Dependencies {
    return {
      deployment: {
        deployment: 'test',
        apiUrl: undefined,
        timing: DEFAULT_TIMING,
        fleet: this.fleet,
        policyDefaults: POLICY_DEFAULTS,
        vaultUrl: VAULT_URL,
        allowedVaultUrls: [OTHER_VAULT_URL],
        allowKeyless: true,
      },
      clock: this.time,
      ids: { next: () => `id-${this.#ids++}` },
      accounts: this.#intercepted('accounts', this.#ports.accounts),
      secrets: this.#intercepted('secrets', this.#ports.secrets),
      events: this.#intercepted('events', this.#ports.events),
      prober: this.#intercepted('prober', this.#ports.prober),
      records: this.#intercepted('records', this.records),
      statuses: this.#intercepted('statuses', this.statuses),
      telemetry: { record: (entry) => this.telemetry.push(entry) },
      ...overrides,
    };
  }

  /** One pass, to its end. */
  pass(name = 'language', overrides: Partial<Dependencies> = {}): Promise<Wait> {
    const admission = { until: Number.POSITIVE_INFINITY };
    return this.run(runPass(this.id(name), this.dependencies(overrides), admission));
  }

  run<T>(work: Promise<T>): Promise<T> {
    return runOnVirtualTime(this.time, work);
  }

  /** Ticks and the passes that they bring, for so long; passes that crash are taken up by later ones. */
  async live(durationMs: number): Promise<void> {
    const end = this.time.now() + durationMs;
    while (this.time.now() < end) await this.#tickAndPass(end);
  }

  /** Lives until the account is in a state, at most for so long. */
  async liveUntil(reached: (record: RotationRecord) => boolean, limitMs: number): Promise<void> {
    const end = this.time.now() + limitMs;
    while (this.time.now() < end) {
      await this.#tickAndPass(end);
      const { stored } = await this.records.read(this.id());
      if (stored && reached(stored.record)) return;
    }
    throw new Error(`not reached within ${limitMs} ms: ${JSON.stringify(await this.status())}`);
  }

  /** One tick, its passes, and on to the next tick that has something to do. */
  async #tickAndPass(end: number): Promise<void> {
    await this.#oneTick();
    const idleTicks = Math.floor(((await this.#nextDue()) - this.time.now()) / this.#tickMs);
    const stepMs = Math.max(1, idleTicks) * this.#tickMs;
    this.time.advance(Math.max(0, Math.min(stepMs, end - this.time.now())));
  }

  /** A person at the portal. */
  regenerateByHand(slot: 'Key1' | 'Key2', name = 'language'): void {
    this.#byHand = true;
    this.azure.accounts.regenerateKey(this.account(name).id, slot);
    this.#byHand = false;
  }

  /** Everything that was stored, sent or logged, as text. */
  async everythingSaid(): Promise<string> {
    const rows = await Promise.all(
      this.azure.accounts
        .all()
        .map(async ({ name }) => [
          await this.records.read(this.id(name)),
          await this.history(name),
          await this.statuses.get(this.id(name)),
        ]),
    );
    return JSON.stringify([rows, this.events, this.telemetry]);
  }

  async #oneTick(): Promise<void> {
    const due: PassMessage[] = [];
    const dependencies = this.dependencies();
    try {
      await this.run(tick(dependencies, { enqueue: async (some) => void due.push(...some) }));
      for (const message of due) await this.run(carryOut(message, this.dependencies()));
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }

  async #nextDue(): Promise<number> {
    let next = Number.POSITIVE_INFINITY;
    for await (const status of this.statuses.list()) next = Math.min(next, status.nextCheckAt);
    return next === Number.POSITIVE_INFINITY ? this.time.now() : next;
  }

  #intercepted<T extends object>(name: string, port: T): T {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          const proceed = () => member.apply(target, args) as unknown;
          const call = `${name}.${String(property)}`;
          return this.intercept ? this.intercept(call, proceed) : proceed();
        };
      },
    });
  }

  #watchRegenerates(): void {
    const { accounts } = this.azure;
    const regenerate = accounts.regenerateKey.bind(accounts);
    accounts.regenerateKey = (id, slot) => {
      const { name, keys } = accounts.get(id);
      const at = new Date(this.time.now()).toISOString();
      const active = this.newest(`${name}-key`)?.value;
      if (!this.#byHand && (slot === 'Key1' || slot === 'Key2') && keys.value(slot) === active) {
        this.violations.push(`${at}: the active key ${slot} of ${name} was regenerated`);
      }
      return regenerate(id, slot);
    };
  }
}

/** Fingerprint of a slot's current value. */
export function fingerprintOf(account: ModelAccount, slot: 'Key1' | 'Key2'): string {
  return new Key(account.keys.value(slot)).fingerprint;
}
