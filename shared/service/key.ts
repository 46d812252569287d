import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import type { Fingerprint, Slot } from '../core/slots.ts';

/**
 * A key value that cannot be printed by accident: every way of turning it into text gives its
 * fingerprint. The value itself comes out of {@link Key.reveal} only, whose callers are the adapters.
 */
export class Key {
  readonly #value: string;
  readonly fingerprint: Fingerprint;

  constructor(value: string) {
    this.#value = value;
    this.fingerprint = createHash('sha256').update(value).digest('hex').slice(0, 12);
  }

  /** The key itself, for the call that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `Key(${this.fingerprint})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** Both current values of an account. */
export type KeyPair = Readonly<Record<Slot, Key>>;
