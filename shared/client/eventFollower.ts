import type { Acknowledgements } from './acknowledgements.ts';
import { HandledEvents, type KeyEvent, keyEventFor, type SecretPlace } from './keyEvents.ts';
import { backoffMs, pause, type Runtime } from './runtime.ts';

/**
 * What became of an event. `failed`: the vault could not be read, or the key is closed; have the event
 * sent again.
 */
export type EventOutcome = 'handled' | 'duplicate' | 'ignored' | 'failed';

/** How often the vault is read until it shows what an event announces. */
const CATCH_UP_LIMIT = 3;
const CATCH_UP_CEILING_MS = 60_000;

/** The key that events are about. */
interface FollowedKey {
  readonly fingerprint: string | undefined;
  readonly disabled: boolean;
  /** False when the vault could not be read. Never rejects. */
  reload(reason: string): Promise<boolean>;
}

interface EventFollowerOptions {
  readonly place: SecretPlace;
  readonly acknowledgements: Acknowledgements;
  /** Ends waiting. */
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
}

/** Does what an event asks for: look again whether the key at hand is the newest, and say so. */
export class EventFollower {
  readonly #key: FollowedKey;
  readonly #options: EventFollowerOptions;
  readonly #handled = new HandledEvents();
  /** Copies may come while the first one is being handled. */
  readonly #underWay = new Map<string, Promise<boolean>>();

  constructor(key: FollowedKey, options: EventFollowerOptions) {
    this.#key = key;
    this.#options = options;
  }

  /** See {@link EventOutcome}. Never rejects. */
  async handle(event: unknown): Promise<EventOutcome> {
    const { place, signal } = this.#options;
    const keyEvent = keyEventFor(place, event);
    if (!keyEvent) return 'ignored';
    // An app that is about to end: what it took now, nobody would read for or acknowledge.
    if (signal.aborted) return 'failed';
    const { key } = keyEvent;
    if (this.#handled.has(key)) return 'duplicate';
    const copy = this.#underWay.get(key);
    if (copy !== undefined) return (await copy) ? 'duplicate' : 'failed';
    const caughtUp = this.#catchUp(keyEvent);
    this.#underWay.set(key, caughtUp);
    const done = await caughtUp;
    this.#underWay.delete(key);
    if (!done) return 'failed';
    this.#handled.add(key);
    void this.#acknowledge(keyEvent);
    return 'handled';
  }

  /**
   * Reads until the vault shows what was announced; false when it cannot be read or the key is closed
   * meanwhile. That it shows
   * something else is no failure: the event may be older than the key at hand, or forged, and if the
   * vault is behind, the next poll or reminder finds out.
   */
  async #catchUp(event: KeyEvent): Promise<boolean> {
    const { signal, runtime } = this.#options;
    for (let attempt = 1; !this.#isUpToDate(event) && !signal.aborted; attempt++) {
      if (!(await this.#key.reload(event.kind))) return false;
      if (this.#isUpToDate(event) || attempt === CATCH_UP_LIMIT) break;
      await pause(backoffMs(attempt, CATCH_UP_CEILING_MS), signal, runtime);
    }
    return !signal.aborted;
  }

  #isUpToDate({ fingerprint }: KeyEvent): boolean {
    const { disabled } = this.#key;
    return fingerprint === null ? disabled : !disabled && this.#key.fingerprint === fingerprint;
  }

  /** Only a key that the vault itself gave is acknowledged. */
  async #acknowledge({ kind, fingerprint, acknowledgeUrl }: KeyEvent): Promise<void> {
    if (!acknowledgeUrl || kind === 'keyRetired') return;
    if (fingerprint === null || fingerprint !== this.#key.fingerprint) return;
    await this.#options.acknowledgements.ofEvent(acknowledgeUrl, fingerprint);
  }
}
