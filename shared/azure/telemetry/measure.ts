import { DELAY_REASONS, FAILURE_REASONS } from '../../core/events/meanings.ts';
import type { TelemetryEntry } from '../../service/ports.ts';
import type { MetricName } from './metrics.ts';

/** The name of the custom event of a step, or of a wait that people have to know of. */
export const STEP_EVENT = 'Twinkey.Step';

/** Columns of a custom event or a metric. */
export type Dimensions = Readonly<Record<string, string>>;

/** A custom event. */
export interface MeasuredEvent {
  readonly name: string;
  readonly dimensions: Dimensions;
}

/** One value of a metric. */
export interface Measurement {
  readonly metric: MetricName;
  readonly value: number;
  readonly dimensions: Dimensions;
}

/** What one line of telemetry amounts to. */
export interface Measured {
  readonly events: readonly MeasuredEvent[];
  readonly measurements: readonly Measurement[];
}

/** How often, in ms, an account with nothing going on tells how it stands. */
export const SAMPLE_INTERVAL_MS = 6 * 3_600_000;

/**
 * Turns a line of telemetry, said at `now` (epoch ms), into custom events and values of metrics; most
 * lines are neither.
 */
export function measure(entry: TelemetryEntry, now: number): Measured {
  switch (entry.name) {
    case 'step':
      return { events: [stepEvent(entry)], measurements: rotationsOf(entry) };
    case 'pass':
      return {
        events: concernsPeople(entry) ? [stepEvent(entry)] : [],
        measurements: [
          ...durationOf(entry),
          ...(isWorthTelling(entry, now) ? gaugesOf(entry) : []),
        ],
      };
    case 'tick':
      return { events: [], measurements: seconds('twinkey.tick.age', entry, 'sinceLastMs') };
    case 'problem':
      return { events: concernsFleet(entry) ? [stepEvent(entry)] : [], measurements: [] };
    default:
      return { events: [], measurements: [] };
  }
}

/** What holds up rotations of many accounts at once, and its end. */
function concernsFleet({ reason }: TelemetryEntry): boolean {
  return reason === 'FleetBraked' || reason === 'BrakeReleased';
}

const STEP_COLUMNS = [
  'accountName',
  'phase',
  'cause',
  'outcome',
  'rotationId',
  'attention',
] as const;

function stepEvent({ accountId, reason, message, data = {} }: TelemetryEntry): MeasuredEvent {
  const columns = STEP_COLUMNS.map((name) => [name, String(data[name] ?? '')] as const);
  return {
    name: STEP_EVENT,
    dimensions: {
      accountId: accountId ?? '',
      reason: reason ?? '',
      message,
      ...Object.fromEntries(columns),
    },
  };
}

/** A wait is worth an event at every pass while it lasts, if it is one that alerts ask for. */
function concernsPeople({ level, reason = 'NotDue' }: TelemetryEntry): boolean {
  return (
    level === 'warn' || level === 'error' || reason in DELAY_REASONS || reason in FAILURE_REASONS
  );
}

/** A report that was sent is a rotation delayed or failed; the last step of one completes it. */
function rotationsOf({ reason = 'NotDue', data = {} }: TelemetryEntry): Measurement[] {
  const outcome = rotationOutcome(data['do'], reason, data['outcome'] === 'done');
  return outcome ? [{ metric: 'twinkey.rotations', value: 1, dimensions: { outcome } }] : [];
}

function rotationOutcome(did: unknown, reason: string, done: boolean): string | undefined {
  // Reported by the step that closes the rotation all the same.
  if (reason === 'StaleKeyStillAccepted') return 'failed';
  if (!done) return undefined;
  if (did === 'confirmRetired' || did === 'finishKeyless') return 'completed';
  if (did !== 'report') return undefined;
  return reason in FAILURE_REASONS ? 'failed' : 'delayed';
}

/**
 * An account is told of at each look while something is going on with it or its key is too old, else
 * once in a while: ten thousand of them, each looked at four times an hour, would cost more to tell of
 * than to rotate.
 */
function isWorthTelling({ data = {} }: TelemetryEntry, now: number): boolean {
  const { phase, keyAgeMs, periodMs, checkIntervalMs } = data;
  if (phase !== 'idle' || Number(keyAgeMs ?? 0) > Number(periodMs ?? 0)) return true;
  return now % SAMPLE_INTERVAL_MS < Number(checkIntervalMs ?? SAMPLE_INTERVAL_MS);
}

function durationOf(entry: TelemetryEntry): Measurement[] {
  const ofAll = { ...entry, accountId: undefined };
  return value('twinkey.pass.duration', ofAll, entry.data?.['durationMs']);
}

function gaugesOf(entry: TelemetryEntry): Measurement[] {
  const unacknowledged = entry.data?.['unacknowledged'];
  return [
    ...seconds('twinkey.key.age', entry, 'keyAgeMs'),
    ...seconds('twinkey.key.period', entry, 'periodMs'),
    ...seconds('twinkey.overlap.left', entry, 'overlapLeftMs'),
    ...value('twinkey.subscribers.unacknowledged', entry, unacknowledged),
  ];
}

function seconds(metric: MetricName, entry: TelemetryEntry, column: string): Measurement[] {
  const ms = entry.data?.[column];
  return value(metric, entry, typeof ms === 'number' ? ms / 1_000 : undefined);
}

/** What is not known is not measured. */
function value(
  metric: MetricName,
  { accountId, data }: TelemetryEntry,
  measured: unknown,
): Measurement[] {
  if (typeof measured !== 'number') return [];
  const accountName = String(data?.['accountName'] ?? '');
  return [{ metric, value: measured, dimensions: accountId ? { accountId, accountName } : {} }];
}
