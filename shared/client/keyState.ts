import { createHash } from 'node:crypto';
import type { SecretReading } from './secretReader.ts';

interface KeyAtHand {
  readonly value: string;
  /** First 12 hex digits of the value's SHA-256. */
  readonly fingerprint: string;
  readonly createdAt: number | undefined;
}

/**
 * What an app knows about its key: what the vault answered last, and what the account said to it.
 * No reading, no clock.
 *
 *     nothing ──vault: enabled──▶ key at hand ──account: takes no keys──▶ keyless
 *        │                          ▲     ▲                                │   ▲
 *        │                          │     └──vault: other or enabled again─┘   │
 *        │                          └─────────vault: enabled───────────────────┤
 *        └──vault: disabled────────────────────────────────────────────────────┘
 */
export class KeyState {
  #atHand: KeyAtHand | undefined;
  #disabled = false;
  /** Keys that were refused, one because it is not (or no longer) valid, one because it is a key. */
  #invalidValue: string | undefined;
  #keylessValue: string | undefined;

  get atHand(): KeyAtHand | undefined {
    return this.#atHand;
  }

  /** Whether the secret was disabled when it was last read. */
  get disabled(): boolean {
    return this.#disabled;
  }

  /**
   * Whether the account takes no keys, for all that is known: it refused the key at hand for being a
   * key, or there never was one and the secret is disabled. A disabled secret alone proves nothing:
   * a person may have done that, and the key at hand still works.
   */
  get keyless(): boolean {
    return this.#atHand ? this.#atHand.value === this.#keylessValue : this.#disabled;
  }

  /**
   * Takes what the vault answered; returns whether that changed the key at hand. Throws when it is
   * an older version than the one at hand: a replica of the vault may lag behind. Only when the key
   * at hand was refused is an older one worth a try (the secret may have been restored).
   */
  take(reading: SecretReading): boolean {
    if (reading.state === 'disabled') {
      this.#disabled = true;
      return false;
    }
    const { value, createdAt } = reading;
    const changed = value !== this.#atHand?.value;
    if (changed) this.#assertNotOlder(createdAt);
    // Another key, or one that was enabled again, is worth a try in an account that took none.
    if (changed || this.#disabled) this.#keylessValue = undefined;
    this.#disabled = false;
    this.#atHand = { value, fingerprint: fingerprintOf(value), createdAt };
    return changed;
  }

  /** The account refused this key as not valid. */
  noteInvalid(value: string): void {
    this.#invalidValue = value;
  }

  /** The account refused this key because it takes none. */
  noteKeyless(value: string): void {
    this.#keylessValue = value;
  }

  /** Gives the key at hand another try. */
  forgetKeyless(): void {
    this.#keylessValue = undefined;
  }

  #assertNotOlder(createdAt: number | undefined): void {
    const atHand = this.#atHand;
    if (atHand?.createdAt === undefined || createdAt === undefined) return;
    if (createdAt >= atHand.createdAt || atHand.value === this.#invalidValue) return;
    const [found, expected] = [createdAt, atHand.createdAt].map((at) => new Date(at).toISOString());
    throw new Error(`Key Vault answered a version of ${found}, older than ours of ${expected}.`);
  }
}

function fingerprintOf(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}
