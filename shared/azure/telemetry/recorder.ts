import { AsyncLocalStorage } from 'node:async_hooks';
import type { Telemetry } from '../../service/ports.ts';
import { measure } from './measure.ts';
import { type Recorded, Recording, type Span } from './recording.ts';

/** Where recordings are sent. Neither method rejects or throws. */
export interface Sink {
  send(recorded: Recorded): void;
  /** Resolves when what was sent has left, or could not. */
  flush(): Promise<void>;
}

/** Recordings kept until there is a sink; later ones are dropped. */
const WAITING_LIMIT = 100;

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
  #loading: Promise<Sink | undefined> | undefined;
  #sink: Sink | undefined;
  #waiting: Recorded[] = [];

  /** `warn` is told once when the sink cannot be loaded; `now` is the clock, in epoch ms. */
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

  /** Resolves when everything recorded so far has been sent. */
  async flush(): Promise<void> {
    await (await this.#load())?.flush();
  }

  #send(recorded: Recorded): void {
    if (this.#sink) this.#sink.send(recorded);
    else if (this.#waiting.length < WAITING_LIMIT) this.#waiting.push(recorded);
    // The answer of this invocation goes out first.
    if (!this.#loading) setImmediate(() => void this.#load());
  }

  #load(): Promise<Sink | undefined> {
    this.#loading ??= this.#loadSink().then(
      (sink) => {
        this.#sink = sink;
        for (const recorded of this.#waiting) sink.send(recorded);
        this.#waiting = [];
        return sink;
      },
      (error: unknown) => {
        this.#warn(`Telemetry is off, as it could not be started: ${describe(error)}`);
        this.#sink = { send: () => {}, flush: async () => {} };
        this.#waiting = [];
        return undefined;
      },
    );
    return this.#loading;
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
