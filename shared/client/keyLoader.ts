import { Coalescer } from './coalescer.ts';
import type { KeyState } from './keyState.ts';
import type { Notify } from './notices.ts';
import {
  ageMs,
  backoffMs,
  type Moment,
  momentOf,
  type Runtime,
  within,
  withJitter,
} from './runtime.ts';
import type { SecretReader, SecretReading } from './secretReader.ts';

interface KeyLoaderOptions {
  readonly read: SecretReader;
  readonly state: KeyState;
  readonly secretName: string;
  readonly pollIntervalMs: number;
  readonly runtime: Runtime;
  readonly notify: Notify;
  /** Called after each successful read with what was read, when the state has taken it. */
  readonly onRead: (reading: SecretReading) => void;
  /** Ends polling. */
  readonly signal: AbortSignal;
}

/** After a refusal the secret is not read again sooner than this after the last read. */
const REFUSAL_INTERVAL_MS = 1_000;

/** For a credential that heeds no signal: a read that never ends would hold up all others. */
const READ_LIMIT_MS = 30_000;

/** A day: Node takes what is beyond 24.8 days for no wait at all, and reads without pause. */
const POLL_INTERVAL_LIMIT_MS = 24 * 60 * 60_000;

/** Throws a TypeError unless `ms` is a wait that spares the vault and still is a safety net. */
export function assertPollInterval(ms: number): void {
  if (ms >= REFUSAL_INTERVAL_MS && ms <= POLL_INTERVAL_LIMIT_MS) return;
  throw new TypeError(
    `Expected pollIntervalMs from ${REFUSAL_INTERVAL_MS} to ${POLL_INTERVAL_LIMIT_MS} (a day), found ${ms}.`,
  );
}

/** Reads the secret into the state: when asked to, and every poll interval since the last time. */
export class KeyLoader {
  readonly #options: KeyLoaderOptions;
  readonly #reads = new Coalescer(() => this.#read());
  #reasons = new Set<string>();
  #readAt: Moment | undefined;
  #lookingUp: Promise<boolean> | undefined;
  #failures = 0;
  #lastError: unknown;
  #cancelPoll = () => {};

  constructor(options: KeyLoaderOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#cancelPoll());
  }

  /** Why there is no key. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Reads the secret. False when that failed. Never rejects. */
  reload(reason: string): Promise<boolean> {
    this.#reasons.add(reason);
    return this.#reads.run();
  }

  /**
   * Reads the secret because a request was refused: once for all whose requests were refused
   * meanwhile. Less than a second after the last read began there is no other: if that one is under
   * way, as after an event, its answer serves here too. False: it failed, or there was none. Never
   * rejects.
   */
  lookUp(reason: string): Promise<boolean> {
    if (this.#lookingUp !== undefined) return this.#lookingUp;
    if (this.#readAt && ageMs(this.#readAt, this.#options.runtime) < REFUSAL_INTERVAL_MS) {
      return this.#reads.running ?? Promise.resolve(false);
    }
    this.#lookingUp = this.reload(reason).finally(() => {
      this.#lookingUp = undefined;
    });
    return this.#lookingUp;
  }

  async #read(): Promise<boolean> {
    const { read, state, secretName, runtime, notify, onRead } = this.#options;
    const reasons = [...this.#reasons];
    this.#reasons.clear();
    this.#readAt = momentOf(runtime);
    try {
      const reading = await within(READ_LIMIT_MS, `Secret ${secretName}`, read(), runtime);
      const changed = state.take(reading);
      this.#failures = 0;
      this.#tell(changed, reasons);
      onRead(reading);
      return true;
    } catch (error) {
      this.#failures += 1;
      this.#lastError = error;
      notify({ kind: 'loadFailed', fingerprint: state.atHand?.fingerprint, reasons, error });
      return false;
    } finally {
      this.#schedulePoll();
    }
  }

  #tell(changed: boolean, reasons: readonly string[]): void {
    const { state, secretName, notify } = this.#options;
    const fingerprint = state.atHand?.fingerprint;
    if (state.disabled) {
      this.#lastError = new Error(
        `Secret ${secretName} is disabled: enable it, or, if its account takes no keys any more, set the option keyless.`,
      );
      notify({ kind: 'secretDisabled', fingerprint, reasons });
    } else if (fingerprint !== undefined) {
      notify({ kind: 'loaded', fingerprint, changed, reasons });
    }
  }

  #schedulePoll(): void {
    const { pollIntervalMs, runtime, signal } = this.#options;
    this.#cancelPoll();
    if (signal.aborted) return;
    const waitMs =
      this.#failures === 0 ? pollIntervalMs : backoffMs(this.#failures, pollIntervalMs);
    this.#cancelPoll = runtime.startTimer(
      () => void this.reload('poll'),
      withJitter(waitMs, runtime.random()),
    );
  }
}
