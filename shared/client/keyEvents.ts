import { EVENT_TYPES, type RotationEvent, type RotationEventData } from '../core/events.ts';

/** The events after which an app looks whether it has the newest key. */
const KEY_EVENT_TYPES: readonly string[] = [EVENT_TYPES.keyActivated, EVENT_TYPES.keyRetiring];

/** Where the app keeps its key: an event about any other place is not for it. */
export interface SecretPlace {
  readonly vaultUrl: string;
  readonly secretName: string;
}

/** An event that names the active key. */
export type KeyEvent = RotationEvent & {
  readonly data: RotationEventData & { readonly fingerprint: string };
};

/**
 * `event` if it tells of a new or a retiring key in this very secret, else undefined. An event comes
 * from outside, so nothing of it is believed beyond "look again": the key is always read from the
 * configured place, never from one that the event names.
 */
export function keyEventFor(place: SecretPlace, event: unknown): KeyEvent | undefined {
  if (!isKeyEvent(event)) return undefined;
  const { vaultUri, secretName } = event.data;
  const sameVault = normalizeUrl(vaultUri) === normalizeUrl(place.vaultUrl);
  const sameName = secretName.toLowerCase() === place.secretName.toLowerCase();
  return sameVault && sameName ? event : undefined;
}

function isKeyEvent(event: unknown): event is KeyEvent {
  const { id, source, type, data } = (event ?? {}) as Partial<KeyEvent>;
  return (
    typeof id === 'string' &&
    typeof source === 'string' &&
    KEY_EVENT_TYPES.includes(type ?? '') &&
    typeof data?.vaultUri === 'string' &&
    typeof data.secretName === 'string' &&
    typeof data.fingerprint === 'string'
  );
}

function normalizeUrl(url: string): string {
  return url.toLowerCase().replace(/\/+$/, '');
}

/** Remembers which events were handled, so that a copy changes nothing. */
export class HandledEvents {
  /** Event Grid gives up after 24 hours; this is far more than one app gets in a day. */
  static readonly #LIMIT = 1_000;
  readonly #keys = new Set<string>();

  has(event: KeyEvent): boolean {
    return this.#keys.has(keyOf(event));
  }

  add(event: KeyEvent): void {
    this.#keys.add(keyOf(event));
    for (const oldest of this.#keys) {
      if (this.#keys.size <= HandledEvents.#LIMIT) break;
      this.#keys.delete(oldest);
    }
  }
}

/** CloudEvents: `source` and `id` together are unique. */
function keyOf(event: KeyEvent): string {
  return `${event.source} ${event.id}`;
}
