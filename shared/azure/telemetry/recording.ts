import type { Measured, MeasuredEvent, Measurement } from './measure.ts';

/** A piece of work within an invocation: the pass itself, an SDK's operation, an outside call. */
export interface Span {
  readonly name: string;
  readonly kind: 'internal' | 'client';
  readonly parent: Span | undefined;
  readonly attributes: Record<string, string | number | boolean>;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Epoch ms; undefined while it is under way. */
  endedAt: number | undefined;
  failed: boolean;
}

/** Everything that one invocation left behind, parents before their children. */
export interface Recorded {
  /** W3C trace context of the trigger, as the Functions host gives it. */
  readonly traceParent: string | undefined;
  readonly spans: readonly Span[];
  readonly events: readonly { readonly event: MeasuredEvent; readonly span: Span }[];
  readonly measurements: readonly Measurement[];
}

/** An invocation over ten thousand accounts must not fill the memory; what is beyond is left out. */
const SPAN_LIMIT = 2_000;

/**
 * What happens within one invocation, kept until it is over. It costs some objects and no library: the
 * one that sends it is loaded later, and is never on the way of an invocation.
 */
export class Recording implements Recorded {
  readonly traceParent: string | undefined;
  readonly spans: Span[] = [];
  readonly events: { event: MeasuredEvent; span: Span }[] = [];
  readonly measurements: Measurement[] = [];
  readonly root: Span;
  readonly #now: () => number;

  constructor(name: string, traceParent: string | undefined, now: () => number) {
    this.traceParent = traceParent;
    this.#now = now;
    this.root = this.start(name, 'internal', undefined);
  }

  start(name: string, kind: Span['kind'], parent: Span | undefined): Span {
    const startedAt = this.#now();
    const span = {
      name,
      kind,
      parent,
      attributes: {},
      startedAt,
      endedAt: undefined,
      failed: false,
    };
    if (this.spans.length < SPAN_LIMIT) this.spans.push(span);
    return span;
  }

  end(span: Span): void {
    span.endedAt ??= this.#now();
  }

  add({ events, measurements }: Measured, span: Span): void {
    this.events.push(...events.map((event) => ({ event, span })));
    this.measurements.push(...measurements);
  }

  /** Nothing is added any more; a call that was given up ends with what it belonged to. */
  close(): Recorded {
    for (const span of this.spans) this.end(span);
    return this;
  }
}

/**
 * What of a recording is worth its price: where nothing was done and nothing went wrong the figures
 * are enough, and the trace is left out.
 */
export function worthSending(recorded: Recorded): Recorded {
  const { events, measurements, spans } = recorded;
  const isThrottled = measurements.some(({ metric }) => metric === 'twinkey.calls.throttled');
  if (events.length > 0 || isThrottled || spans[0]?.failed) return recorded;
  return { ...recorded, spans: [] };
}
