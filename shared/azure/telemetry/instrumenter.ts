import type {
  Instrumenter,
  InstrumenterSpanOptions,
  TracingContext,
  TracingSpan,
} from '@azure/core-tracing';
import type { Recorder, SpanHandle } from './recorder.ts';
import type { Span } from './recording.ts';

/** Under this key a tracing context holds the span that it stands for. */
const SPAN = Symbol('span');

/**
 * What the Azure SDKs report their operations and requests to, retries and tokens included: the door
 * that `@azure/core-tracing` offers. Of errors only that there was one is kept: their messages may
 * quote what was sent.
 */
export function instrumenterOf(recorder: Recorder): Instrumenter {
  return {
    startSpan: (name, options) => {
      const kind = options.spanKind === 'client' ? 'client' : 'internal';
      const handle = recorder.startSpan(name, kind, spanIn(options.tracingContext));
      for (const [key, value] of Object.entries(options.spanAttributes ?? {})) {
        if (handle) setAttribute(handle.span, key, value);
      }
      return { span: tracingSpan(handle), tracingContext: contextOf(options, handle) };
    },
    withContext: (context, callback, ...parameters) =>
      recorder.within(spanIn(context), () => callback(...parameters)) as ReturnType<
        typeof callback
      >,
    parseTraceparentHeader: () => undefined,
    // Azure's services are no part of the operator's trace.
    createRequestHeaders: () => ({}),
  };
}

function tracingSpan(handle: SpanHandle | undefined): TracingSpan {
  return {
    isRecording: () => handle !== undefined,
    end: () => handle?.end(),
    setStatus: ({ status }) => {
      if (handle && status === 'error') handle.span.failed = true;
    },
    setAttribute: (key, value) => {
      if (handle) setAttribute(handle.span, key, value);
    },
    recordException: () => {},
    addEvent: () => {},
  };
}

function setAttribute({ attributes }: Span, key: string, value: unknown): void {
  if (['string', 'number', 'boolean'].includes(typeof value)) {
    attributes[key] = value as string | number | boolean;
  }
}

function spanIn(context: TracingContext | undefined): Span | undefined {
  return context?.getValue(SPAN) as Span | undefined;
}

function contextOf(
  { tracingContext }: InstrumenterSpanOptions,
  handle: SpanHandle | undefined,
): TracingContext {
  const context = tracingContext ?? new Context(new Map());
  return handle ? context.setValue(SPAN, handle.span) : context;
}

/** An immutable map, as `@azure/core-tracing` wants it; the package does not export its own. */
class Context implements TracingContext {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): TracingContext {
    return new Context(new Map([...this.#values, [key, value]]));
  }

  deleteValue(key: symbol): TracingContext {
    return new Context(new Map([...this.#values].filter(([each]) => each !== key)));
  }
}
