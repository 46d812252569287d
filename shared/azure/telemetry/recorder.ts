import { AsyncLocalStorage } from 'node:async_hooks';
import type { Telemetry } from '../../service/ports.ts';
import { measure } from './measure.ts';
import { type Recorded, Recording, type Span } from './recording.ts';

/** Where recordings are sent. */
export interface Sink {
  send(recorded: Recorded): void;
  /** Resolves when what was sent has left, or could not. */
  flush(): Promise<void>;
}

/** Recordings kept until there is a sink; later ones are dropped. */
const WAITING_LIMIT = 100;

/** The end of the process waits no longer than this (ms) for what has to be sent. */
const FLUSH_LIMIT_MS = 5_000;

/** Takes the place of one that failed. */
const NOWHERE: Sink = { send: () => {}, flush: async () => {} };

/** The recording and the span that the running code belongs to. */
interface Place {
  readonly recording: Recording;
  readonly span: Span;
}

/**
 * Records invocations and hands them to the sink, which is loaded after the first of them is over: the
 * packages behind it take longer to load than the whole service.
 */
export class Recorder {
  readonly #loadSink: () => Promise<Sink>;
  readonly #warn: (message: string) => void;
  readonly #now: () => number;
  readonly #place = new AsyncLocalStorage<Place>();
  #loading: Promise<Sink> | undefined;
  #sink: Sink | undefined;
  #waiting: Recorded[] = [];

  /** `warn` is told once when the sink cannot be loaded or fails; `now` is the clock, in epoch ms. */
  constructor(
    loadSink: () => Promise<Sink>,
    warn: (message: string) => void,
    now: () => number = Date.now,
  ) {
    this.#loadSink = loadSink;
    this.#warn = warn;
    this.#now = now;
  }

  /** Runs an invocation's handler, and sends what it left behind whether it succeeds or not. */
  async record<T>(
    name: string,
    traceParent: string | undefined,
    handler: () => T | Promise<T>,
  ): Promise<T> {
    const recording = new Recording(name, traceParent, this.#now);
    const { root } = recording;
    try {
      return await this.#place.run({ recording, span: root }, handler);
    } catch (error) {
      root.failed = true;
      throw error;
    } finally {
      this.#send(recording.close());
    }
  }

  /** The port {@link Telemetry}: adds to the invocation that is running; outside of one it is lost. */
  readonly telemetry: Telemetry = {
    record: (entry) => {
      const place = this.#place.getStore();
      if (!place) return;
      const { recording, span } = place;
      if (entry.accountId) recording.root.attributes['twinkey.account'] = entry.accountId;
      recording.add(measure(entry, this.#now()), span);
    },
  };

  /** Starts a span below `parent`, or below the one that is running; undefined outside of an invocation. */
  startSpan(name: string, kind: Span['kind'], parent?: Span): SpanHandle | undefined {
    const place = this.#place.getStore();
    return place && new SpanHandle(place.recording, name, kind, parent ?? place.span);
  }

  /** Runs `callback` as part of a span. */
  within<T>(span: Span | undefined, callback: () => T): T {
    const place = this.#place.getStore();
    return place && span ? this.#place.run({ ...place, span }, callback) : callback();
  }

  /** Resolves when everything recorded so far has been sent, could not be, or takes too long. Never rejects. */
  async flush(): Promise<void> {
    if (!this.#sink && this.#waiting.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_LIMIT_MS);
    });
    const flushed = this.#load()
      .then((sink) => sink.flush())
      .catch((error: unknown) => this.#turnOff('be sent', error));
    await Promise.race([flushed, limit]);
    clearTimeout(timer);
  }

  #send(recorded: Recorded): void {
    if (this.#sink) this.#handTo(this.#sink, recorded);
    else if (this.#waiting.length < WAITING_LIMIT) this.#waiting.push(recorded);
    // The answer of this invocation goes out first.
    if (!this.#loading) setImmediate(() => void this.#load());
  }

  /** Whatever goes wrong here must not change what an invocation came to, let alone end the process. */
  #handTo(sink: Sink, recorded: Recorded): void {
    try {
      sink.send(recorded);
    } catch (error) {
      this.#turnOff('be sent', error);
    }
  }

  #load(): Promise<Sink> {
    this.#loading ??= this.#loadSink().then(
      (sink) => {
        this.#sink = sink;
        for (const recorded of this.#waiting) this.#handTo(this.#sink, recorded);
        this.#waiting = [];
        return this.#sink;
      },
      (error: unknown) => {
        this.#turnOff('be started', error);
        return NOWHERE;
      },
    );
    return this.#loading;
  }

  #turnOff(what: string, error: unknown): void {
    if (this.#sink === NOWHERE) return;
    this.#sink = NOWHERE;
    this.#waiting = [];
    this.#warn(`Telemetry is off, as it could not ${what}: ${describe(error)}`);
  }
}

/** One span under way. */
export class SpanHandle {
  readonly span: Span;
  readonly #recording: Recording;

  constructor(recording: Recording, name: string, kind: Span['kind'], parent: Span) {
    this.#recording = recording;
    this.span = recording.start(name, kind, parent);
  }

  end(): void {
    if (this.span.endedAt !== undefined) return;
    this.#recording.end(this.span);
    const { attributes } = this.span;
    if (this.span.kind !== 'client' || attributes['http.status_code'] !== 429) return;
    const host = hostOf(attributes['http.url']);
    const throttled = {
      metric: 'twinkey.calls.throttled',
      value: 1,
      dimensions: { host },
    } as const;
    this.#recording.add({ events: [], measurements: [throttled] }, this.span);
  }
}

function hostOf(url: unknown): string {
  return URL.canParse(String(url)) ? new URL(String(url)).host : '';
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
