import { createHash } from 'node:crypto';
import type { Notice } from '../../shared/client/notices.ts';
import { RotatingKey, type RotatingKeyOptions } from '../../shared/client/rotatingKey.ts';
import type { Runtime } from '../../shared/client/runtime.ts';
import type { Publication, SecretReading } from '../../shared/client/secretReader.ts';
import {
  dataSchemaOf,
  EVENT_TYPES,
  type EventDataOf,
  type EventType,
} from '../../shared/core/events.ts';

export const VAULT_URL = 'https://contoso.vault.azure.net';
export const SECRET_NAME = 'vision-key';
export const API_URL = 'https://twinkey.example/api';

export function fingerprintOf(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}

/** A secret that tests set, disable, break and hold up. */
export class FakeSecret {
  reads = 0;
  disabled = false;
  failure: Error | undefined;
  /** The vault answers the version before the newest, as a replica that lags behind. */
  behind = false;
  /** Reads wait for this, then answer what was in the secret as they began. */
  gate: Promise<void> | undefined;
  /** What the newest version's tags say. */
  publication: Publication | undefined;
  /** Oldest first. */
  readonly #versions = ['first-key'];

  get value(): string {
    return this.#versions.at(-1) as string;
  }

  set value(value: string) {
    this.#versions.push(value);
  }

  readonly read = async (): Promise<SecretReading> => {
    this.reads += 1;
    const { failure } = this;
    const reading = this.#newest();
    await this.gate;
    if (failure) throw failure;
    return reading;
  };

  #newest(): SecretReading {
    if (this.disabled) return { state: 'disabled' };
    const index = this.#versions.length - (this.behind ? 2 : 1);
    const value = this.#versions[index] as string;
    const publication = this.publication && { publication: this.publication };
    return { state: 'enabled', value, createdAt: index * 1_000, ...publication };
  }
}

interface Timer {
  callback: () => void;
  at: number;
}

/** Time that moves only when a test says so, and a service that answers as the test says. */
export class VirtualRuntime implements Runtime {
  time = 0;
  /** How far the machine's clock is ahead. */
  clockErrorMs = 0;
  readonly requests: { url: string; init: RequestInit }[] = [];
  /** Status of each answer in turn; the last one stays. 0 = the connection fails. */
  answers = [204];
  answerBody: string | null = null;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.time + this.clockErrorMs;
  }

  steadyNow(): number {
    return this.time;
  }

  startTimer(callback: () => void, ms: number): () => void {
    const timer = { callback, at: this.time + ms };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** The middle of the jitter. */
  random(): number {
    return 0.5;
  }

  readonly fetch: Runtime['fetch'] = async (input, init = {}) => {
    this.requests.push({ url: String(input), init });
    const status = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (!status) throw new TypeError('fetch failed');
    return new Response(this.answerBody, { status });
  };

  /** Waits that are under way, in ms from now. */
  get pending(): number[] {
    return [...this.#timers].map(({ at }) => at - this.time).sort((a, b) => a - b);
  }

  /** Moves time on, running what falls due in order. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at).find(({ at }) => at <= end);
      if (!next) break;
      this.#timers.delete(next);
      this.time = next.at;
      next.callback();
      await settle();
    }
    this.time = end;
  }
}

/** Lets everything run that waits for nothing but promises; bodies take some turns of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function givenKey(options: Partial<RotatingKeyOptions> = {}) {
  const secret = new FakeSecret();
  const runtime = new VirtualRuntime();
  const notices: Notice[] = [];
  const key = new RotatingKey(
    secret.read,
    {
      vaultUrl: VAULT_URL,
      secretName: SECRET_NAME,
      onNotice: (notice) => notices.push(notice),
      ...options,
    },
    runtime,
  );
  return { key, secret, runtime, notices };
}

type KeyActivatedData = EventDataOf<typeof EVENT_TYPES.keyActivated>;

/** An event as a test makes it up: any type, and data in which anything may be null. */
export interface GivenEvent {
  readonly specversion: string;
  readonly id: string;
  readonly type: EventType;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: string;
  readonly dataschema: string;
  readonly data: { readonly [Name in keyof KeyActivatedData]: KeyActivatedData[Name] | null };
}

export function keyActivated(
  value: string,
  data: Partial<GivenEvent['data']> = {},
  event: Partial<GivenEvent> = {},
): GivenEvent {
  return {
    specversion: '1.0',
    id: 'rotation-1:KeyActivated',
    type: EVENT_TYPES.keyActivated,
    source: '/twinkey/test/accounts/s/g/vision',
    subject: '/subscriptions/s/resourcegroups/g/providers/x/accounts/vision',
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(EVENT_TYPES.keyActivated),
    data: {
      accountId: '/subscriptions/s/resourcegroups/g/providers/x/accounts/vision',
      accountName: 'vision',
      endpoint: 'https://vision.cognitiveservices.azure.com',
      rotationId: 'rotation-1',
      cause: 'schedule',
      activeSlot: 'Key2',
      fingerprint: fingerprintOf(value),
      secretId: `${VAULT_URL}/secrets/${SECRET_NAME}/2`,
      vaultUri: VAULT_URL,
      secretName: SECRET_NAME,
      secretVersion: '2',
      severity: 'normal',
      previous: {
        slot: 'Key1',
        fingerprint: '0123456789ab',
        validUntil: '2026-01-03T00:00:00.000Z',
      },
      acknowledgeUrl: `${API_URL}/accounts/s/g/vision/rotations/rotation-1/acks`,
      ...data,
    },
    ...event,
  };
}
