import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import { fingerprintOf, type Ledger } from './ledger.ts';
import { HOUR } from './units.ts';

/** An event sent again after a crash or an outage comes sooner; two reminders are further apart. */
const LATEST_COPY_MS = 30 * HOUR;

interface FirstTelling {
  readonly at: number;
  readonly content: string;
}

/** What apps were told, held to what is so: they drop what comes with an id that they know. */
export class Told {
  readonly #byId = new Map<string, FirstTelling>();
  readonly #ofVersion = new Map<string, { readonly at: number; readonly id: string }>();

  /** What is wrong with an event at the time at which the topic takes it. */
  complaints(ledger: Ledger, event: CloudEvent, now: number): string[] {
    const kind = event.type.split('.')[1];
    if (kind !== 'KeyActivated' && kind !== 'KeyRetiring' && kind !== 'KeyRetired') return [];
    const data = dataOf(event);
    const found = [...this.#aboutId(event, data, kind, now), ...aboutStale(ledger, data, kind)];
    if (kind === 'KeyActivated') found.push(...this.#aboutVersion(ledger, event, data, now));
    if (kind === 'KeyRetiring') found.push(...aboutSubscribers(ledger, data));
    return found;
  }

  #aboutId({ id, source }: CloudEvent, data: Data, kind: string, now: number): string[] {
    const name = `${source} ${id}`;
    const content = [kind, data.fingerprint, data.secretVersion, data.previous?.fingerprint].join();
    const first = this.#byId.get(name);
    if (!first) {
      this.#byId.set(name, { at: now, content });
      return [];
    }
    if (first.content !== content) return [`${id} is the id of two events`];
    const isAnother = kind === 'KeyRetiring' && now - first.at > LATEST_COPY_MS;
    return isAnother ? [`${id} is the id of two reminders`] : [];
  }

  /** The same key is announced under the same id, unless it was found anew. */
  #aboutVersion(ledger: Ledger, event: CloudEvent, data: Data, now: number): string[] {
    const version = `${event['source']} ${data.secretVersion}`;
    const before = this.#ofVersion.get(version);
    this.#ofVersion.set(version, { at: now, id: event.id });
    if (!before || before.id === event.id || ledger.lostTrackSince(before.at - LATEST_COPY_MS))
      return [];
    return [`${event.id} and ${before.id} announce the same version`];
  }
}

/** A key that is said to be gone is gone, to be dead is refused, and nobody says so who could not try. */
function aboutStale(
  { account, ended }: Ledger,
  { previous, confirmedDead }: Data,
  kind: string,
): string[] {
  const { keys, disableLocalAuth, networkAcls } = account;
  if (kind !== 'KeyRetired' || disableLocalAuth || !previous) return [];
  const current = [keys.value('Key1'), keys.value('Key2')].map(fingerprintOf);
  if (current.includes(previous.fingerprint)) return [`${previous.fingerprint} is not gone`];
  const old = ended.find(({ value }) => fingerprintOf(value) === previous.fingerprint)?.value;
  if (confirmedDead && old && keys.accepts(old)) return [`${previous.fingerprint} is not dead`];
  const couldTry = networkAcls.defaultAction !== 'Deny';
  return confirmedDead && !couldTry ? [`${previous.fingerprint} could not be tried`] : [];
}

/** A reminder names who is listed and did not acknowledge. */
function aboutSubscribers(
  ledger: Ledger,
  { fingerprint, missingSubscribers = [] }: Data,
): string[] {
  const missing = ledger.subscribers.filter((name) => !ledger.hasAcknowledged(name, fingerprint));
  const left = missing.filter((name) => !missingSubscribers.includes(name));
  const foreign = missingSubscribers.filter((name) => !ledger.subscribers.includes(name));
  return [
    ...left.map((name) => `the reminder leaves ${name} out, who did not acknowledge`),
    ...foreign.map((name) => `the reminder names ${name}, who is not listed`),
  ];
}

/** What the checks look at in an event's data. */
export interface Data {
  readonly fingerprint?: string;
  readonly secretVersion?: string;
  readonly rotationId?: string;
  readonly previous?: { readonly fingerprint: string; readonly validUntil: string | null } | null;
  readonly missingSubscribers?: readonly string[];
  readonly confirmedDead?: boolean;
}

/** What is in an event; nothing of it has been looked at yet. */
export function dataOf(event: CloudEvent): Data {
  return (event['data'] ?? {}) as Data;
}
