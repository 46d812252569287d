/** A key slot of an account, spelt as ARM spells it: `Key1` and `Key2` are the only accepted forms. */
export type Slot = 'Key1' | 'Key2';

/** Both slots, in ARM's order. */
export const SLOTS: readonly Slot[] = ['Key1', 'Key2'];

/** The slot that is not `slot`. */
export function otherSlot(slot: Slot): Slot {
  return slot === 'Key1' ? 'Key2' : 'Key1';
}

/** `text` as a slot in whatever casing it came, or undefined when it names none. */
export function parseSlot(text: string | undefined): Slot | undefined {
  return SLOTS.find((slot) => slot.toLowerCase() === text?.toLowerCase());
}

/**
 * The first 12 hex digits of the SHA-256 of a key. Keys are random and long, so a fingerprint
 * identifies a key without giving anything of it away: safe to store, log and show.
 */
export type Fingerprint = string;
