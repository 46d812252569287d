import { createHash } from 'node:crypto';
import type { KeyCredential, TokenCredential } from '@azure/core-auth';
import type { SecretClientOptions } from '@azure/keyvault-secrets';
import { type AcknowledgementOptions, acknowledge } from './acknowledger.ts';
import { Coalescer } from './coalescer.ts';
import { HandledEvents, type KeyEvent, keyEventFor, type SecretPlace } from './keyEvents.ts';
import type { Notice } from './notices.ts';
import { backoffMs, nodeRuntime, pause, type Runtime, withJitter } from './runtime.ts';
import { type SecretReader, secretReader } from './secretReader.ts';

/** What every rotating key needs to know, however its secret is read. */
export interface RotatingKeyOptions extends SecretPlace {
  /** Safety net behind the events: how often the secret is read anyway. Default 10 minutes, ±10 %. */
  readonly pollIntervalMs?: number;
  /** Set it to acknowledge new keys to the service. */
  readonly acknowledgement?: AcknowledgementOptions;
  /** Told what happens in the background, for the app's log. Never gets a key. */
  readonly onNotice?: (notice: Notice) => void;
}

/** What became of an event. `failed`: the vault could not be read; have the event sent again. */
export type EventOutcome = 'handled' | 'duplicate' | 'ignored' | 'failed';

const DEFAULT_POLL_INTERVAL_MS = 10 * 60_000;
/** How often the vault is read until it shows the key that an event announces. */
const CATCH_UP_LIMIT = 3;
/** A refused key that was read from the vault less than this ago is not looked up again. */
const REFUSAL_INTERVAL_MS = 1_000;

/**
 * A key that follows its Key Vault secret. Official Azure SDK clients take it as their
 * `KeyCredential` and read `key` at each request, so that they use a new key without a restart:
 *
 *     const key = rotatingKey({ vaultUrl, secretName, credential });
 *     await key.ready();
 *     const client = new TextAnalyticsClient(endpoint, key);
 */
export function rotatingKey(
  options: RotatingKeyOptions & {
    readonly credential: TokenCredential;
    readonly secretClientOptions?: SecretClientOptions;
  },
): RotatingKey {
  const { vaultUrl, secretName, credential, secretClientOptions } = options;
  return new RotatingKey(
    secretReader(vaultUrl, secretName, credential, secretClientOptions),
    options,
  );
}

/** See {@link rotatingKey}. Once loaded it outlives any outage of Key Vault on the key it has. */
export class RotatingKey implements KeyCredential {
  readonly #read: SecretReader;
  readonly #options: RotatingKeyOptions;
  readonly #runtime: Runtime;
  readonly #loads = new Coalescer(() => this.#load());
  readonly #handled = new HandledEvents();
  readonly #closing = new AbortController();
  #current:
    | { readonly value: string; readonly fingerprint: string; readonly at: number }
    | undefined;
  #lastError: unknown;
  #failures: number = 0;
  #reasons = new Set<string>();
  #cancelPoll = () => {};

  constructor(read: SecretReader, options: RotatingKeyOptions, runtime: Runtime = nodeRuntime) {
    this.#read = read;
    this.#options = options;
    this.#runtime = runtime;
  }

  /** The key to use for the next request. Throws until the first load succeeded. */
  get key(): string {
    if (this.#current) return this.#current.value;
    throw new Error(
      `The key in secret ${this.#options.secretName} is not loaded: await ready() before using it.`,
    );
  }

  /** First 12 hex digits of the key's SHA-256, safe to log; undefined until the first load. */
  get fingerprint(): string | undefined {
    return this.#current?.fingerprint;
  }

  /**
   * Loads the key unless it is there. Rejects with Key Vault's error when that fails, so that a wrong
   * name shows at start; the background goes on trying all the same.
   */
  async ready(): Promise<void> {
    if (!this.#current) await this.reload('start');
    if (!this.#current) throw this.#lastError;
  }

  /** Reads the secret again. False when that failed; the key at hand stays. Never rejects. */
  reload(reason: string): Promise<boolean> {
    this.#reasons.add(reason);
    return this.#loads.run();
  }

  /**
   * To be called when the service refused `value` with 401. True when there is another key by now,
   * and so the request is worth repeating. Never rejects.
   */
  async replaceRefused(value: string): Promise<boolean> {
    if (this.#current?.value === value) {
      const age = this.#runtime.now() - this.#current.at;
      if (age >= REFUSAL_INTERVAL_MS) await this.reload('refused');
    }
    return this.#current !== undefined && this.#current.value !== value;
  }

  /**
   * Takes a CloudEvent: reloads when it announces a key of the configured secret that is not the one
   * at hand, and acknowledges in the background. Anything else is ignored. Never rejects.
   */
  async handleEvent(event: unknown): Promise<EventOutcome> {
    const keyEvent = keyEventFor(this.#options, event);
    if (!keyEvent || this.#closing.signal.aborted) return 'ignored';
    if (this.#handled.has(keyEvent)) return 'duplicate';
    if (!(await this.#catchUp(keyEvent))) return 'failed';
    this.#handled.add(keyEvent);
    if (this.fingerprint === keyEvent.data.fingerprint) void this.#acknowledge(keyEvent);
    return 'handled';
  }

  /** Stops polling and acknowledging. The key at hand stays usable. */
  close(): void {
    this.#closing.abort();
    this.#cancelPoll();
  }

  /**
   * Reads until the announced key is there. Giving up is no failure: the event may be older than the
   * key at hand, and if the vault is behind, the next poll or reminder finds out.
   */
  async #catchUp({ type, data: { fingerprint } }: KeyEvent): Promise<boolean> {
    for (let attempt = 1; this.fingerprint !== fingerprint; attempt++) {
      if (!(await this.reload(type))) return false;
      if (this.fingerprint === fingerprint || attempt === CATCH_UP_LIMIT) break;
      await pause(backoffMs(attempt, this.#pollIntervalMs), this.#closing.signal, this.#runtime);
    }
    return true;
  }

  async #acknowledge({ data: { acknowledgeUrl, fingerprint } }: KeyEvent): Promise<void> {
    const { acknowledgement } = this.#options;
    if (!acknowledgement || !acknowledgeUrl) return;
    const { signal } = this.#closing;
    try {
      await acknowledge(acknowledgeUrl, fingerprint, acknowledgement, signal, this.#runtime);
      this.#notify({ kind: 'acknowledged', fingerprint });
    } catch (error) {
      if (!signal.aborted) this.#notify({ kind: 'acknowledgementFailed', fingerprint, error });
    }
  }

  async #load(): Promise<boolean> {
    const reasons = [...this.#reasons];
    this.#reasons.clear();
    const at = this.#runtime.now();
    try {
      const value = await this.#read();
      const previous = this.#current?.value;
      this.#current = { value, fingerprint: fingerprintOf(value), at };
      this.#failures = 0;
      const { fingerprint } = this.#current;
      this.#notify({ kind: 'loaded', fingerprint, changed: value !== previous, reasons });
      return true;
    } catch (error) {
      this.#failures += 1;
      this.#lastError = error;
      this.#notify({ kind: 'loadFailed', fingerprint: this.fingerprint, reasons, error });
      return false;
    } finally {
      this.#schedulePoll();
    }
  }

  #schedulePoll(): void {
    this.#cancelPoll();
    if (this.#closing.signal.aborted) return;
    const ceilingMs = this.#pollIntervalMs;
    const waitMs = this.#failures === 0 ? ceilingMs : backoffMs(this.#failures, ceilingMs);
    this.#cancelPoll = this.#runtime.startTimer(
      () => void this.reload('poll'),
      withJitter(waitMs, this.#runtime.random()),
    );
  }

  get #pollIntervalMs(): number {
    return this.#options.pollIntervalMs ?? DEFAULT_POLL_INTERVAL_MS;
  }

  /** An app's faulty log must not keep it from getting its key. */
  #notify(notice: Notice): void {
    try {
      this.#options.onNotice?.(notice);
    } catch {}
  }
}

function fingerprintOf(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}
