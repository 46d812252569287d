import type { KeyCredential, TokenCredential } from '@azure/core-auth';
import type { SecretClientOptions } from '@azure/keyvault-secrets';
import { Acknowledgements } from './acknowledgements.ts';
import { type AcknowledgementOptions, assertAcknowledgeable } from './acknowledger.ts';
import { EntraTokens, type KeylessOptions } from './entraTokens.ts';
import { EventFollower, type EventOutcome } from './eventFollower.ts';
import type { SecretPlace } from './keyEvents.ts';
import { assertPollInterval, KeyLoader } from './keyLoader.ts';
import { KeyState } from './keyState.ts';
import { type Notify, notifier } from './notices.ts';
import { nodeRuntime, type Runtime } from './runtime.ts';
import { type SecretReader, type SecretReading, secretReader } from './secretReader.ts';

/** What every rotating key needs to know, however its secret is read. */
export interface RotatingKeyOptions extends SecretPlace {
  /**
   * Safety net behind the events: how often the secret is read anyway, from a second to a day.
   * Default 10 minutes, ±10 %.
   */
  readonly pollIntervalMs?: number;
  /** Set it to acknowledge new keys to the service, whether an event or a read brought them. */
  readonly acknowledgement?: AcknowledgementOptions;
  /** Set it to go on with Entra ID once the account takes no keys. */
  readonly keyless?: KeylessOptions;
  /** Told what happens in the background, for the app's log. Never gets a key or a token. */
  readonly onNotice?: Notify;
}

const DEFAULT_POLL_INTERVAL_MS = 10 * 60_000;
/** What a client with a `KeyCredential` sends while the app has no key: see {@link RotatingKey.key}. */
const NO_KEY = 'keyless';

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
  /** For the other entry points here: their surroundings, and where they tell what happens. */
  readonly runtime: Runtime;
  readonly notify: Notify;
  /** For the other entry points here: Entra ID tokens; undefined unless the app is ready for keyless. */
  readonly entra: EntraTokens | undefined;
  readonly #secretName: string;
  readonly #state = new KeyState();
  readonly #loader: KeyLoader;
  readonly #events: EventFollower;
  readonly #closing = new AbortController();
  #toldKeyless = false;

  constructor(read: SecretReader, options: RotatingKeyOptions, runtime: Runtime = nodeRuntime) {
    const { secretName, pollIntervalMs = DEFAULT_POLL_INTERVAL_MS } = options;
    const { acknowledgement, keyless } = options;
    assertPollInterval(pollIntervalMs);
    if (acknowledgement) assertAcknowledgeable(acknowledgement);
    const notify = notifier(options.onNotice);
    const { signal } = this.#closing;
    const common = { runtime, notify, signal };
    this.runtime = runtime;
    this.notify = notify;
    this.entra =
      keyless &&
      new EntraTokens(keyless, runtime, (error) => notify({ kind: 'tokenRenewalFailed', error }));
    this.#secretName = secretName;
    const state = this.#state;
    const acknowledgements = new Acknowledgements({ ...common, acknowledgement });
    const onRead = (reading: SecretReading) => {
      this.#tellKeyless();
      const publication = reading.state === 'enabled' ? reading.publication : undefined;
      const { fingerprint } = this;
      if (publication && fingerprint) void acknowledgements.ofRead(publication, fingerprint);
    };
    this.#loader = new KeyLoader({ ...common, read, state, secretName, pollIntervalMs, onRead });
    this.#events = new EventFollower(this, { runtime, signal, place: options, acknowledgements });
  }

  /**
   * The key to use for the next request. Throws until the first load succeeded. In an app that
   * started after its account went keyless it is the word `keyless`, which no account accepts.
   */
  get key(): string {
    const { atHand } = this.#state;
    if (atHand) return atHand.value;
    if (this.keyless) return NO_KEY;
    throw new Error(
      `The key in secret ${this.#secretName} is not loaded: await ready() before using it.`,
    );
  }

  /** First 12 hex digits of the key's SHA-256, safe to log; undefined until the first load. */
  get fingerprint(): string | undefined {
    return this.#state.atHand?.fingerprint;
  }

  /** Whether the secret was disabled when it was last read. The key at hand may still work. */
  get disabled(): boolean {
    return this.#state.disabled;
  }

  /** Whether requests are to carry an Entra ID token. Never without the option `keyless`. */
  get keyless(): boolean {
    return this.entra !== undefined && this.#state.keyless;
  }

  /**
   * Loads the key unless it is there. Rejects with Key Vault's error when that fails, so that a wrong
   * name shows at start; the background goes on trying all the same. However many requests wait for
   * the first key, they have the secret read once a second at most.
   */
  async ready(): Promise<void> {
    if (this.#isReady()) return;
    await this.#loader.lookUp('start');
    if (!this.#isReady()) throw this.#loader.lastError;
  }

  /** Reads the secret again. False when that failed; the key at hand stays. Never rejects. */
  reload(reason: string): Promise<boolean> {
    return this.#loader.reload(reason);
  }

  /**
   * To be called when the account refused `value` with 401. True when there is another key by now,
   * and so the request is worth repeating. Never rejects.
   */
  async replaceRefused(value: string): Promise<boolean> {
    if (this.#state.atHand?.value === value) {
      this.#state.noteInvalid(value);
      await this.#loader.lookUp('refused');
    }
    const { atHand } = this.#state;
    return atHand !== undefined && atHand.value !== value;
  }

  /** To be called when the account refused `value` because it takes no keys at all. */
  reportKeyless(value: string): void {
    this.#state.noteKeyless(value);
    this.#tellKeyless();
  }

  /**
   * To be called when the account refused an Entra ID token. True when a key is worth another try,
   * which it is once a second unless the secret is disabled. Never rejects.
   */
  async retryKeys(): Promise<boolean> {
    const read = await this.#loader.lookUp('tokenRefused');
    if (read && !this.#state.disabled) this.#state.forgetKeyless();
    return !this.keyless;
  }

  /**
   * Takes an event, as CloudEvent or in Event Grid's schema: reloads when it announces a key of the
   * configured secret that is not the one at hand, and acknowledges in the background. Anything else
   * is ignored. Never rejects.
   */
  handleEvent(event: unknown): Promise<EventOutcome> {
    return this.#events.handle(event);
  }

  /** Stops polling and acknowledging. The key at hand stays usable. */
  close(): void {
    this.#closing.abort();
  }

  #isReady(): boolean {
    return this.#state.atHand !== undefined || this.keyless;
  }

  #tellKeyless(): void {
    const { keyless, fingerprint } = this;
    if (keyless && !this.#toldKeyless) this.notify({ kind: 'keyless', fingerprint });
    this.#toldKeyless = keyless;
  }
}
