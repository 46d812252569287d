import { fingerprint } from './fingerprint.ts';
import type { Random } from './random.ts';
import type { Clock } from './time.ts';

/** A key slot as ARM writes it; no other casing is accepted. */
export type KeySlot = 'Key1' | 'Key2';

export const keySlots: readonly KeySlot[] = ['Key1', 'Key2'];

interface Key {
  readonly value: string;
  /** The data plane learns of a new key only after a while. */
  readonly acceptedFromMs: number;
}

/** One regenerate that took effect, by whatever hand. */
export interface Regeneration {
  readonly at: number;
  readonly slot: KeySlot;
  readonly oldFingerprint: string;
  readonly newFingerprint: string;
}

/**
 * The two keys of an account. Regenerating replaces a key at once: the old value is dead `lingerMs`
 * after that, the new one is accepted by the data plane after `propagationMs`.
 */
export class KeyRing {
  /** How long the data plane refuses a new key. */
  propagationMs: number;
  /** How long the data plane still accepts the old value of a regenerated key. */
  lingerMs = 0;
  readonly #lingering = new Map<string, number>();
  readonly #regenerations: Regeneration[] = [];
  readonly #everIssued: string[] = [];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #current: Record<KeySlot, Key>;

  constructor(clock: Clock, random: Random, propagationMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.propagationMs = propagationMs;
    const acceptedFromMs = clock.now();
    this.#current = { Key1: this.#newKey(acceptedFromMs), Key2: this.#newKey(acceptedFromMs) };
  }

  get regenerations(): readonly Regeneration[] {
    return this.#regenerations;
  }

  /** Every value this account ever had, for tests that look for leaks. */
  get everIssued(): readonly string[] {
    return this.#everIssued;
  }

  value(slot: KeySlot): string {
    return this.#current[slot].value;
  }

  regenerate(slot: KeySlot): void {
    const at = this.#clock.now();
    const old = this.#current[slot];
    const fresh = this.#newKey(at + this.propagationMs);
    this.#current[slot] = fresh;
    this.#lingering.set(old.value, at + this.lingerMs);
    this.#regenerations.push({
      at,
      slot,
      oldFingerprint: fingerprint(old.value),
      newFingerprint: fingerprint(fresh.value),
    });
  }

  /** Whether the data plane lets this value in now. */
  accepts(value: string): boolean {
    const now = this.#clock.now();
    if (now < (this.#lingering.get(value) ?? 0)) return true;
    return keySlots.some((slot) => {
      const key = this.#current[slot];
      return key.value === value && key.acceptedFromMs <= now;
    });
  }

  #newKey(acceptedFromMs: number): Key {
    const value = this.#random.hex(32);
    this.#everIssued.push(value);
    return { value, acceptedFromMs };
  }
}
