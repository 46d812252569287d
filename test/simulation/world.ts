import { runOnVirtualTime } from '../../local/azure/in-process/run.ts';
import { Subscribers } from '../../local/azure/in-process/subscribers.ts';
import type { Account } from '../../local/azure/model/account.ts';
import { AzureModel } from '../../local/azure/model/azure-model.ts';
import type { Call } from '../../local/azure/model/call.ts';
import { ManualTime, sleep } from '../../local/azure/model/time.ts';
import type { Vault } from '../../local/azure/model/vault.ts';
import { MemoryRecords } from '../../local/memory/records.ts';
import { Failure } from '../../shared/core/failures.ts';
import { POLICY_DEFAULTS } from '../../shared/core/policy.ts';
import type { RotationRecord } from '../../shared/core/record.ts';
import { DEFAULT_TIMING, type Timing } from '../../shared/core/timing.ts';
import type { Deployment } from '../../shared/service/dependencies.ts';
import { acknowledge } from '../../shared/service/operations/acknowledgements.ts';
import { Refused } from '../../shared/service/operations/lookup.ts';
import { App, INSIDE } from './apps.ts';
import { meddleNow, operate, scheduleIncidents } from './deeds.ts';
import { actInDoubt } from './doubt.ts';
import { Draws, type DrawsOptions } from './draws.ts';
import { Instance } from './instance.ts';
import { Notices } from './notices.ts';
import { type Looks, Oracle } from './oracle.ts';
import type { Planner } from './planner.ts';
import { Platform } from './platform.ts';
import type { Scenario } from './scenario.ts';
import { Secrecy } from './secrecy.ts';
import { WatchedStatuses } from './statuses.ts';
import { WEIGHTS } from './themes.ts';
import { DAY, HOUR, MINUTE, START } from './units.ts';
import { VAULT_URLS, vaultNameOf } from './vaults.ts';

const API_URL = 'https://twinkey.example/api';

/** The production limits; only the look at accounts where nothing is due is rarer. */
export const TIMING: Timing = { ...DEFAULT_TIMING, checkIntervalMs: 24 * HOUR };

/** When the accounts are settled, somebody deploys the service a second time. */
const RIVAL_COMES_MS = 20 * DAY;
/** Where two deployments contest the accounts, the second comes within so long. */
const RIVAL_COMES_WITHIN_MS = 10 * MINUTE;

/** A simulated world: accounts, vaults, a topic, instances of the service, apps, people, an oracle. */
export class World {
  readonly scenario: Scenario;
  readonly time = new ManualTime(START);
  readonly model: AzureModel;
  readonly records = new MemoryRecords();
  readonly statuses: WatchedStatuses;
  readonly draws: Draws;
  /** How far apart clocks may be. */
  readonly clocksMs: number;
  readonly oracle: Oracle;
  readonly secrecy: Secrecy;
  readonly platform: Platform;
  /** The service's identity, as Azure's own events name it. */
  readonly clientId = 'the service';
  /** Twinkey, unless something else takes its place before the world begins. */
  planner: Planner;
  storageIsAway = false;
  crashes = 0;
  /** Nothing goes wrong any more. */
  isCalm = false;
  readonly #instances: readonly Instance[];
  readonly #apps: App[];
  readonly #rival: Platform | undefined;
  #ids = 0;

  constructor(scenario: Scenario, fates: Pick<DrawsOptions, 'kept' | 'choose'> = {}) {
    this.scenario = scenario;
    const { seed, faultFactor, keyPropagationMs, theme } = scenario;
    this.model = new AzureModel(this.time, (host) => `https://${host}.example/`, {
      seed,
      keyPropagationMs,
      throttles: {},
    });
    for (const [name, url] of Object.entries(VAULT_URLS)) this.model.addVault(name, url);
    const weights = WEIGHTS[theme];
    const now = () => this.time.now();
    this.draws = new Draws({ seed, factor: faultFactor, weights, now, ...fates });
    this.#addAccounts();
    // Vaults and topics have the true time.
    const skews = [0, ...scenario.instances.map(({ skewMs }) => skewMs)];
    this.clocksMs = Math.max(...skews) - Math.min(...skews);
    this.oracle = new Oracle(this.model, this);
    this.secrecy = new Secrecy(this.model, this.oracle);
    this.#addSecrets();
    this.statuses = new WatchedStatuses((written) => {
      this.secrecy.inspect(JSON.stringify(written), 'a status');
      this.platform.reschedule();
    });
    this.#instances = scenario.instances.map((plan) => new Instance(plan, this.#surroundings()));
    this.platform = this.#platformOf(this.#instances, this.statuses);
    if (theme === 'rival' || theme === 'contest') this.#rival = this.#rivalPlatform();
    this.planner = this.#service();
    this.#apps = scenario.apps.map((plan) => new App(plan, this.#surroundingsOfApps()));
  }

  /** Lets it begin. */
  start(): void {
    const subscribers = new Subscribers(this.model);
    for (const [index, app] of this.#apps.entries()) {
      const { name } = app.plan;
      subscribers.subscribe({ name }, async (event) => this.#apps[index]?.takeEvent(event) ?? 503);
      app.start();
    }
    subscribers.subscribe({ name: 'secrecy' }, async (event) => {
      this.secrecy.inspect(JSON.stringify(event), 'an event');
      return 200;
    });
    this.oracle.onEnd = (account) => {
      const mine = this.#apps.filter(({ plan }) => plan.account === account);
      const dead = 1 + (this.scenario.keyLingerMs ?? 0);
      this.later(dead, () => mine.forEach((app) => void app.request()));
    };
    scheduleIncidents(this, this.scenario.incidents);
    this.planner.start();
  }

  stop(): void {
    this.planner.stop();
    for (const app of this.#apps) app.stop();
  }

  /** The account's app that acknowledges stops, and starts anew after a while. */
  restartApp(account: string, afterMs: number): void {
    const index = this.#apps.findIndex(
      ({ plan }) => plan.account === account && plan.habit === 'events',
    );
    const before = this.#apps[index];
    if (!before) return;
    before.stop();
    // Whoever stopped it once more meanwhile finds it running: the first stop to end starts it.
    this.later(afterMs, () => this.#startAnew(before));
  }

  /** Apps that were stopped are back. */
  startStoppedApps(): void {
    for (const app of this.#apps.filter(({ isStopped }) => isStopped)) this.#startAnew(app);
  }

  #startAnew(stopped: App): void {
    const index = this.#apps.indexOf(stopped);
    if (index < 0) return;
    const app = new App(stopped.plan, this.#surroundingsOfApps());
    this.#apps[index] = app;
    app.start();
  }

  /** Lets time pass. */
  live(ms: number): Promise<void> {
    return runOnVirtualTime(this.time, sleep(this.time, ms));
  }

  later(ms: number, task: () => void): void {
    this.time.schedule(this.time.now() + ms, task);
  }

  /** Two deployments are after the same accounts: what one alone has to do is nobody's duty. */
  get isContested(): boolean {
    return this.scenario.theme === 'contest';
  }

  knows(name: string): boolean {
    return this.model.accounts.all().some((account) => account.name === name);
  }

  account(name: string): Account {
    const found = this.model.accounts.all().find((account) => account.name === name);
    if (!found) throw new Error(`no account ${name}`);
    return found;
  }

  /** The vault that the account's secret is in. */
  vaultOf(account: string): Vault {
    const plan = this.scenario.accounts.find(({ name }) => name === account);
    const found = plan && this.model.vaults.get(vaultNameOf(plan));
    if (!found) throw new Error(`no account ${account}`);
    return found;
  }

  idOf(name: string): string {
    return this.oracle.ledgers.get(name)?.account.id.toLowerCase() ?? '';
  }

  instance(name: string): Instance {
    const found = this.#instances.find((instance) => instance.name === name);
    if (!found) throw new Error(`no instance ${name}`);
    return found;
  }

  /** Whatever happens in `task` is by a person. */
  byHand(task: () => void): void {
    this.oracle.person = true;
    try {
      task();
    } finally {
      this.oracle.person = false;
    }
  }

  #service(): Planner {
    return {
      start: () => {
        this.platform.start();
        if (this.scenario.hearsAzure) new Notices(this);
        const soonMs = Math.ceil(this.draws.share('the rival comes') * RIVAL_COMES_WITHIN_MS);
        this.later(this.isContested ? soonMs : RIVAL_COMES_MS, () => this.#rival?.start());
      },
      stop: () => {
        this.platform.stop();
        this.#rival?.stop();
      },
      asked: (incident, deed) => operate(this, incident, deed),
    };
  }

  #platformOf(instances: readonly Instance[], statuses: WatchedStatuses): Platform {
    const { draws, time } = this;
    const { seed, tickMs } = this.scenario;
    return new Platform({
      time,
      instances,
      draws,
      statuses,
      tickMs,
      discoverEveryMs: TIMING.checkIntervalMs,
      seed,
      onPut: (messages) => this.secrecy.inspect(JSON.stringify(messages), 'a message'),
      storageIsAway: () => this.storageIsAway,
      onDefect: (error) => this.oracle.violate('defect', '', String(error)),
    });
  }

  /** A second deployment, with tables of its own. */
  #rivalPlatform(): Platform {
    const mine = this.#surroundings();
    const deployment = { ...mine.deployment, deployment: 'another' };
    const statuses: WatchedStatuses = new WatchedStatuses(() => rival.reschedule());
    const plan = { name: 'rival', skewMs: 0 };
    const around = { ...mine, deployment, statuses, records: new MemoryRecords() };
    const rival: Platform = this.#platformOf([new Instance(plan, around)], statuses);
    return rival;
  }

  #addAccounts(): void {
    for (const { name, kind, tags, shutsServiceOut } of this.scenario.accounts) {
      const shut = { networkAcls: { defaultAction: 'Deny' as const, ipRules: [INSIDE] } };
      const { keys } = this.model.accounts.add({ name, kind, tags, ...(shutsServiceOut && shut) });
      keys.lingerMs = this.scenario.keyLingerMs ?? 0;
    }
  }

  /** Secrets as Microsoft's rotation sample leaves them. */
  #addSecrets(): void {
    for (const { name, secretFrom } of this.scenario.accounts) {
      if (!secretFrom) continue;
      const { id, keys } = this.account(name);
      const tags = { CredentialId: secretFrom, ProviderAddress: id, ValidityPeriodDays: '60' };
      this.byHand(() => this.vaultOf(name).set(`${name}-key`, keys.value(secretFrom), { tags }));
    }
  }

  #surroundings() {
    const { model, records, statuses, draws, oracle } = this;
    const deployment: Deployment = {
      deployment: 'simulated',
      apiUrl: API_URL,
      timing: TIMING,
      fleet: this.scenario.fleet,
      policyDefaults: POLICY_DEFAULTS,
      vaultUrl: VAULT_URLS.main,
      allowedVaultUrls: [VAULT_URLS.other],
      allowKeyless: true,
      clientId: this.clientId,
    };
    return {
      model,
      records,
      statuses,
      draws,
      deployment,
      ...this.#whereAccountsAre(),
      telemetry: this.secrecy.telemetry,
      ids: { next: () => `id-${++this.#ids}` },
      storageIsAway: () => this.storageIsAway,
      onSend: (looks: Looks, call: Call, dueAt: number) => {
        oracle.noteCall(looks, call, dueAt);
        actInDoubt(this, call, dueAt);
      },
      onRecords: (method: string, args: readonly unknown[]) =>
        this.secrecy.inspect(JSON.stringify(args), `what records.${method} is given`),
      onWrite: (looks: Looks, record: RotationRecord) => oracle.noteIntent(looks, record.accountId),
      onHand: () => meddleNow(this),
      onCrash: (instance: string, place: string) => {
        this.crashes += 1;
        oracle.say(`${instance} died at ${place}`);
      },
    };
  }

  /** Named one by one, or found by their tags. */
  #whereAccountsAre() {
    const accounts = this.model.accounts.all();
    return this.scenario.isDiscovered
      ? { listedIds: [], subscriptionIds: [...new Set(accounts.map((each) => each.subscription))] }
      : { listedIds: accounts.map(({ id }) => id), subscriptionIds: [] };
  }

  #surroundingsOfApps() {
    return {
      model: this.model,
      draws: this.draws,
      seed: this.scenario.seed,
      vaultUrlOf: (account: string) => this.vaultOf(account).url,
      apiUrl: API_URL,
      post: (url: string, body: string) => this.#acknowledge(url, body),
      onRequest: (request: Parameters<Oracle['judgeRequest']>[0]) =>
        this.oracle.judgeRequest(request),
    };
  }

  /** What `POST …/acks` does. */
  async #acknowledge(url: string, body: string): Promise<number> {
    const said = JSON.parse(body) as { subscriber: string; fingerprint: string };
    const name = new URL(url).pathname.split('/')[5] ?? '';
    const id = this.idOf(decodeURIComponent(name));
    const instance = this.platform.anyInstance();
    if (!instance || id === '') return 0;
    const { acknowledging } = this.oracle.ledgers.get(name) ?? {};
    acknowledging?.add(said);
    try {
      const end = await instance.run((dependencies) =>
        acknowledge(id, said, 'an app', dependencies),
      );
      this.#noteAcknowledgement(name, said);
      if (end === 'died') return 0;
      if (end.due) await this.platform.queueOf(instance).enqueue([{ accountId: id }]);
      return 200;
    } catch (error) {
      if (error instanceof Refused) return 409;
      if (!(error instanceof Failure)) throw error;
      // It may have been written all the same.
      this.#noteAcknowledgement(name, said);
      return 503;
    } finally {
      acknowledging?.delete(said);
    }
  }

  #noteAcknowledgement(name: string, said: { subscriber: string; fingerprint: string }): void {
    this.oracle.ledgers.get(name)?.acknowledged.push({ ...said, at: this.time.now() });
    this.oracle.say(`${said.subscriber} of ${name} acknowledged ${said.fingerprint}`);
  }
}
