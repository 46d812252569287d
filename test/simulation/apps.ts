import { Caller } from '../../local/azure/in-process/caller.ts';
import { InProcessSecrets } from '../../local/azure/in-process/secrets.ts';
import { AzureError } from '../../local/azure/model/azure-error.ts';
import type { AzureModel } from '../../local/azure/model/azure-model.ts';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import type { DataPlaneOperation } from '../../local/azure/model/data-plane.ts';
import { KEY_HEADER, withFreshKey } from '../../shared/client/freshKeyFetch.ts';
import { RotatingKey } from '../../shared/client/rotatingKey.ts';
import type { Runtime } from '../../shared/client/runtime.ts';
import type { SecretReading } from '../../shared/client/secretReader.ts';
import { conductorOf } from './conductor.ts';
import { uniform } from './dice.ts';
import type { Draws } from './draws.ts';
import { type AppPlan, POLL_INTERVAL_MS } from './scenario.ts';
import { HOUR, MINUTE, SECOND } from './units.ts';

/** How a request of an app ended. */
export interface Request {
  readonly at: number;
  readonly app: AppPlan;
  /** The value that was sent. */
  readonly key: string;
  readonly status: number;
}

/** What an app's world offers it. */
export interface AppSurroundings {
  readonly model: AzureModel;
  readonly draws: Draws;
  readonly seed: number;
  readonly vaultUrlOf: (account: string) => string;
  readonly apiUrl: string;
  /** Posts an acknowledgement; answers a status. */
  readonly post: (url: string, body: string) => Promise<number>;
  readonly onRequest: (request: Request) => void;
}

/** The mean time between two requests of one app. */
const REQUEST_EVERY_MS = 36 * HOUR;
/** How late an event may come to an app, on top of Event Grid's own retries. */
const LATEST_EVENT_MS = 20 * HOUR;
/** How long a platform lets pass at most before it starts an app anew that found no key. */
const LONGEST_START_MS = 6 * HOUR;

/** An app with the production client, except for the silent one, which keeps its first key for good. */
export class App {
  readonly plan: AppPlan;
  readonly #around: AppSurroundings;
  readonly #key: RotatingKey;
  #baked: string | undefined;
  #attempts = 0;
  #requests = 0;
  #stopped = false;

  constructor(plan: AppPlan, around: AppSurroundings) {
    this.plan = plan;
    this.#around = around;
    const secretName = `${plan.account}-key`;
    const acknowledges = plan.habit === 'events';
    this.#key = new RotatingKey(
      () => this.#readSecret(secretName),
      {
        vaultUrl: around.vaultUrlOf(plan.account),
        secretName,
        pollIntervalMs: plan.habit === 'silent' ? 24 * HOUR : POLL_INTERVAL_MS[plan.habit],
        ...(acknowledges && {
          acknowledgement: { subscriber: 'events', apiUrl: around.apiUrl },
        }),
      },
      this.#runtime(),
    );
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  start(): void {
    void this.#begin();
  }

  /** For good: whoever starts the app again makes a new one. */
  stop(): void {
    this.#stopped = true;
    this.#key.close();
  }

  /** What its webhook answers to an event; some events are lost, come twice, or late. */
  async takeEvent(event: CloudEvent): Promise<number> {
    if (this.plan.habit !== 'events') return 200;
    if (this.#stopped) return 503;
    const { draws, model } = this.#around;
    const passage = draws.ofPassage(`event to ${this.plan.name}`, LATEST_EVENT_MS);
    if (passage === 'lost') return 200;
    if (typeof passage === 'object') {
      const at = model.time.now() + passage.lateMs;
      model.time.schedule(at, () => void this.#key.handleEvent(event));
      return 200;
    }
    if (passage === 'twice') void this.#key.handleEvent(event);
    return (await this.#key.handleEvent(event)) === 'failed' ? 503 : 200;
  }

  /** Sends a request now. */
  async request(): Promise<void> {
    if (this.#stopped) return;
    const used = this.#baked ?? (this.#key.fingerprint === undefined ? undefined : this.#key.key);
    if (used === undefined) return;
    if (this.plan.habit === 'refusal') return this.#requestWithFreshKey();
    this.#report(used, this.#send(used));
  }

  /** What the client's own `fetch` makes of a refusal; how it ends is what counts. */
  async #requestWithFreshKey(): Promise<void> {
    let sent = '';
    const call = withFreshKey(this.#key, async (input) => {
      sent = new globalThis.Request(input).headers.get(KEY_HEADER) ?? '';
      return new Response(null, { status: this.#send(sent) });
    });
    const { status } = await call(`https://${this.plan.account}.example/`);
    this.#report(sent, status);
  }

  async #begin(): Promise<void> {
    const { model } = this.#around;
    try {
      await this.#key.ready();
    } catch {
      // Until the service has adopted the account there is no secret; the client goes on trying.
    }
    if (this.#stopped) return;
    if (this.plan.habit === 'silent' && this.#key.fingerprint !== undefined) {
      this.#baked = this.#key.key;
      this.#key.close();
    }
    if (this.#key.fingerprint === undefined) {
      this.#attempts += 1;
      const waitMs = Math.min(LONGEST_START_MS, 2 ** this.#attempts * MINUTE);
      model.time.schedule(model.time.now() + waitMs, () => void this.#begin());
      return;
    }
    this.#scheduleRequest();
  }

  #scheduleRequest(): void {
    const { model, seed } = this.#around;
    this.#requests += 1;
    const share = uniform(seed, `${this.plan.name} request ${this.#requests}`);
    const at = model.time.now() + Math.ceil(-Math.log(1 - share) * REQUEST_EVERY_MS) + SECOND;
    model.time.schedule(at, () => {
      if (this.#stopped) return;
      void this.request();
      this.#scheduleRequest();
    });
  }

  #send(key: string): number {
    const { accounts, dataPlane } = this.#around.model;
    const account = accounts.all().find(({ name }) => name === this.plan.account);
    if (!account) return 404;
    const operation: DataPlaneOperation = account.kind === 'OpenAI' ? 'listModels' : 'issueToken';
    try {
      // Apps sit inside whatever network rule shuts the service out.
      dataPlane.enter(account.host, operation, { key, address: INSIDE });
      return 200;
    } catch (error) {
      if (error instanceof AzureError) return error.status;
      throw error;
    }
  }

  #report(key: string, status: number): void {
    const { model, onRequest } = this.#around;
    onRequest({ at: model.time.now(), app: this.plan, key, status });
  }

  async #readSecret(name: string): Promise<SecretReading> {
    const vaultUrl = this.#around.vaultUrlOf(this.plan.account);
    const reading = await this.#secrets().readNewest({ vaultUrl, name });
    if (reading.state !== 'present') throw new Error('the secret is not there');
    const { newest, value } = reading;
    if (!value) return { state: 'disabled' };
    const { 'account-id': accountId, 'rotation-id': rotationId } = newest.tags;
    const publication = accountId && rotationId ? { accountId, rotationId } : undefined;
    return {
      state: 'enabled',
      value: value.reveal(),
      createdAt: newest.createdAt,
      ...(publication && { publication }),
    };
  }

  #secrets(): InProcessSecrets {
    const { model, draws } = this.#around;
    const conductor = conductorOf(model, (call, mayBeStale) =>
      draws.ofApp(this.plan.name, call, mayBeStale),
    );
    return new InProcessSecrets(
      new Caller(model, { conductor, clock: model.time, timeoutMs: 20 * SECOND }),
    );
  }

  #runtime(): Runtime {
    const { model, seed, post } = this.#around;
    let numbers = 0;
    return {
      now: () => model.time.now() + this.plan.skewMs,
      steadyNow: () => model.time.now(),
      startTimer: (callback, ms) => model.time.schedule(model.time.now() + ms, callback),
      random: () => uniform(seed, `${this.plan.name} jitter ${++numbers}`),
      fetch: async (url, init) => {
        const status = await post(String(url), String(init?.body));
        if (status === 0) throw new TypeError('fetch failed');
        return new Response(null, { status });
      },
    };
  }
}

/** An address that every account's network rules let in. */
export const INSIDE = '10.0.0.1';
