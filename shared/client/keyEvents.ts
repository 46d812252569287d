import { createHash } from 'node:crypto';
import { EVENT_TYPES, type RotationEventData } from '../core/events.ts';

/** The events after which an app looks whether it has the newest key. */
const KINDS = {
  [EVENT_TYPES.keyActivated]: 'keyActivated',
  [EVENT_TYPES.keyRetiring]: 'keyRetiring',
  // Whoever missed the other two has a dead key now. Without an active key: the account goes keyless.
  [EVENT_TYPES.keyRetired]: 'keyRetired',
} as const;

/** Where the app keeps its key: an event about any other place is not for it. */
export interface SecretPlace {
  readonly vaultUrl: string;
  readonly secretName: string;
}

/** What an event says that matters to an app. */
export interface KeyEvent {
  /**
   * The same for every copy of an event, and for nothing else: `source` and `id` together are unique,
   * but somebody may send them ahead of the real event with other data, so that it goes for a copy.
   */
  readonly key: string;
  readonly kind: (typeof KINDS)[keyof typeof KINDS];
  /** The active key; null when there is none any more. */
  readonly fingerprint: string | null;
  readonly acknowledgeUrl: string | undefined;
}

/**
 * What `event` says if it tells of the key in this very secret, else undefined. CloudEvents and
 * events in Event Grid's own schema will do. An event comes from outside, so nothing of it is
 * believed beyond "look again": the key is always read from the configured place, never from one
 * that the event names.
 */
export function keyEventFor(place: SecretPlace, event: unknown): KeyEvent | undefined {
  const { id, source, type, data } = attributesOf(event);
  if (typeof id !== 'string' || typeof source !== 'string' || !isKeyEventType(type))
    return undefined;
  const { vaultUri, secretName, fingerprint, acknowledgeUrl } = data;
  if (typeof vaultUri !== 'string' || typeof secretName !== 'string') return undefined;
  if (normalizeUrl(vaultUri) !== normalizeUrl(place.vaultUrl)) return undefined;
  if (secretName.toLowerCase() !== place.secretName.toLowerCase()) return undefined;
  const kind = KINDS[type];
  if (typeof fingerprint !== 'string' && (fingerprint !== null || kind !== 'keyRetired')) {
    return undefined;
  }
  const url = typeof acknowledgeUrl === 'string' ? acknowledgeUrl : undefined;
  const told = JSON.stringify([source, id, type, fingerprint, url]);
  // A digest: whoever can send events must not decide how much of them is remembered.
  const key = createHash('sha256').update(told).digest('base64');
  return { key, kind, fingerprint, acknowledgeUrl: url };
}

interface Attributes {
  readonly id: unknown;
  readonly source: unknown;
  readonly type: unknown;
  /** Of an event that somebody else may have made up: any of it may be missing, or something else. */
  readonly data: { readonly [name in keyof RotationEventData]?: unknown };
}

/** The same of both schemas. */
function attributesOf(event: unknown): Attributes {
  const { id, source, topic, type, eventType, data } = (event ?? {}) as Record<string, unknown>;
  return {
    id,
    source: source ?? topic,
    type: type ?? eventType,
    data: (data ?? {}) as Attributes['data'],
  };
}

function isKeyEventType(type: unknown): type is keyof typeof KINDS {
  return typeof type === 'string' && Object.hasOwn(KINDS, type);
}

function normalizeUrl(url: string): string {
  return url.toLowerCase().replace(/\/+$/, '');
}

/** Remembers which events were handled, so that a copy changes nothing. */
export class HandledEvents {
  /** Event Grid gives up after 24 hours; this is far more than one app gets in a day. */
  static readonly #LIMIT = 1_000;
  readonly #keys = new Set<string>();

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= HandledEvents.#LIMIT) break;
      this.#keys.delete(oldest);
    }
  }
}
