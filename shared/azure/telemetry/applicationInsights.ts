import type { TokenCredential } from '@azure/core-auth';
import {
  type Attributes,
  type Context,
  type Counter,
  context,
  type Gauge,
  type Histogram,
  metrics,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { TelemetryClient } from 'applicationinsights';
import { METRICS, type MetricName } from './metrics.ts';
import type { Sink } from './recorder.ts';
import { type Recorded, type Span, worthSending } from './recording.ts';
import { tellsOfSendingTrouble } from './sendingTrouble.ts';

/** Where telemetry goes, and as whom. */
export interface Ingestion {
  readonly connectionString: string;
  /** Undefined: the instrumentation key of the connection string is all the authentication there is. */
  readonly credential: TokenCredential | undefined;
  /** Names this deployment beside others that send to the same place. */
  readonly role: string;
}

/** Names this service to OpenTelemetry. */
const SCOPE = 'twinkey';

/**
 * Sends recordings to Application Insights. This module and what it imports take longer to load than
 * the whole service: it is imported when there is time for it, and only where telemetry is wanted.
 *
 * Of the package's own collecting nothing is on: the Functions host reports its triggers, logs and
 * counters itself, and nothing is written to the disk or sent anywhere else. Nothing is sampled, as
 * alerts count single steps; but a look that found nothing to do leaves no trace. `warn` is told of what
 * cannot be sent.
 */
export function applicationInsights(
  { connectionString, credential, role }: Ingestion,
  warn: (message: string) => void,
): Sink {
  process.env['OTEL_SERVICE_NAME'] ??= role;
  process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] ??= 'true';
  const client = new TelemetryClient(connectionString);
  const { config } = client;
  if (credential) config.aadTokenCredential = credential;
  config.samplingPercentage = 100;
  config.noDiagnosticChannel = true;
  config.enableAutoCollectConsole = false;
  config.enableAutoCollectExceptions = false;
  config.enableAutoCollectPerformance = false;
  config.enableAutoCollectRequests = false;
  config.enableAutoCollectDependencies = false;
  config.enableSendLiveMetrics = false;
  config.enableUseDiskRetryCaching = false;
  const policy = tellsOfSendingTrouble(warn);
  config.azureMonitorOpenTelemetryOptions = {
    azureMonitorExporterOptions: {
      connectionString,
      additionalPolicies: [{ policy, position: 'perCall' }],
    },
    enableStandardMetrics: false,
    enableTraceBasedSamplingForLogs: false,
    tracesPerSecond: 0,
  };
  client.initialize();
  const tracer = trace.getTracer(SCOPE);
  const instruments = createInstruments();
  return {
    send: (recorded) => send(worthSending(recorded), client, tracer, instruments),
    flush: () => client.flush(),
  };
}

type Instrument = (value: number, attributes: Attributes) => void;

function createInstruments(): Readonly<Record<MetricName, Instrument>> {
  const meter = metrics.getMeter(SCOPE);
  const create = (name: MetricName): Instrument => {
    const { kind, unit, description } = METRICS[name];
    const options = { unit, description };
    switch (kind) {
      case 'counter': {
        const counter: Counter = meter.createCounter(name, options);
        return (value, attributes) => counter.add(value, attributes);
      }
      case 'gauge': {
        const gauge: Gauge = meter.createGauge(name, options);
        return (value, attributes) => gauge.record(value, attributes);
      }
      case 'histogram': {
        const histogram: Histogram = meter.createHistogram(name, options);
        return (value, attributes) => histogram.record(value, attributes);
      }
    }
  };
  const names = Object.keys(METRICS) as MetricName[];
  return Object.fromEntries(names.map((name) => [name, create(name)])) as Record<
    MetricName,
    Instrument
  >;
}

/** Makes of a recording what OpenTelemetry would have made while it happened, times included. */
function send(
  { traceParent, spans, events, measurements }: Recorded,
  client: TelemetryClient,
  tracer: Tracer,
  instruments: Readonly<Record<MetricName, Instrument>>,
): void {
  const root = contextOf(traceParent);
  const contexts = new Map<Span, Context>();
  const contextIn = (span: Span | undefined) => (span && contexts.get(span)) ?? root;
  for (const span of spans) {
    contexts.set(span, sendSpan(span, tracer, contextIn(span.parent)));
  }
  for (const { event, span } of events) {
    context.with(contextIn(span), () =>
      client.trackEvent({ name: event.name, properties: { ...event.dimensions } }),
    );
  }
  for (const { metric, value, dimensions } of measurements) {
    instruments[metric](value, { ...dimensions });
  }
}

function sendSpan(recorded: Span, tracer: Tracer, parent: Context): Context {
  const { name, kind, startedAt, endedAt, failed, attributes } = recorded;
  const span = tracer.startSpan(
    name,
    {
      kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
      startTime: startedAt,
      attributes,
    },
    parent,
  );
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endedAt);
  return trace.setSpan(parent, span);
}

/** A trigger's trace context (W3C `traceparent`); an own trace where there is none. */
function contextOf(traceParent: string | undefined): Context {
  const found = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/.exec(traceParent ?? '');
  const [, traceId, spanId] = found ?? [];
  if (!traceId || !spanId) return ROOT_CONTEXT;
  const traceFlags = TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
