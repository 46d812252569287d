import type * as z from 'zod';
import { EVENT_SCHEMAS } from '../../core/events/schemas.ts';
import { EVENT_TYPES, type EventType, type RotationEvent } from '../../core/events.ts';
import { EVENT_EXAMPLES } from './examples.ts';

/** A type of event in words. */
interface Words {
  readonly when: string;
  /** What whoever receives it should do. */
  readonly receiver: string;
}

/** What is published of one type of event. */
export interface EventEntry extends Words {
  readonly type: EventType;
  /** The type without product and version, e.g. `KeyActivated`. */
  readonly name: string;
  readonly schema: z.ZodType;
  readonly examples: readonly RotationEvent[];
}

const WORDS: Readonly<Record<keyof typeof EVENT_TYPES, Words>> = {
  keyActivated: {
    when: 'A new key is in Key Vault, verified and read back',
    receiver: 'Apps reload now, then acknowledge',
  },
  keyRetiring: {
    when: "Ahead of the stale key's end: at half of the overlap, 24 hours and 1 hour before it; once a day after it while required acknowledgements keep that key; at once when a leak brings the end forward",
    receiver: 'Apps that have not reloaded and acknowledged do so now',
  },
  keyRetired: {
    when: 'The stale key is regenerated and the rotation is over; or key authentication is switched off, and no key is left',
    receiver:
      'Apps that still use the stale key reload; without an active key they go on with Entra ID',
  },
  rotationDelayed: {
    when: 'A hold, a closed window or a missing acknowledgement holds a rotation up; told once for each reason',
    receiver: 'Operators see to what holds it up, or wait',
  },
  rotationFailed: {
    when: 'A rotation gave up for now or needs a person; told once for each reason',
    receiver: 'Operators read the message, which says what happens next',
  },
};

/** All types of events, in the order in which a rotation sends them. */
export const EVENT_CATALOG: readonly EventEntry[] = Object.entries(EVENT_TYPES).map(
  ([key, type]) => {
    const id = key as keyof typeof EVENT_TYPES;
    return {
      ...WORDS[id],
      type,
      name: type.split('.')[1] ?? type,
      schema: EVENT_SCHEMAS[id],
      examples: EVENT_EXAMPLES.filter((example) => example.type === type),
    };
  },
);
