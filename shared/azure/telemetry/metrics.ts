/** A metric as Application Insights keeps it: by name, with its dimensions as columns. */
export interface Metric {
  /** `gauge`: the last value of a minute; `counter`: the sum; `histogram`: sum, count, least and most. */
  readonly kind: 'gauge' | 'counter' | 'histogram';
  /** As UCUM writes it: `s`, `ms`, or what is counted in braces. */
  readonly unit: string;
  readonly description: string;
  /** What its values are told apart by. */
  readonly columns: readonly string[];
}

/** Every metric that the service sends. */
export const METRICS = {
  'twinkey.key.age': {
    kind: 'gauge',
    unit: 's',
    description: "Age of an account's active key, counted from its publication.",
    columns: ['accountId', 'accountName'],
  },
  'twinkey.key.period': {
    kind: 'gauge',
    unit: 's',
    description: "The period of an account's policy: how old its active key may become.",
    columns: ['accountId', 'accountName'],
  },
  'twinkey.overlap.left': {
    kind: 'gauge',
    unit: 's',
    description: 'How long the stale key of an account stays valid; below 0 when it is held up.',
    columns: ['accountId', 'accountName'],
  },
  'twinkey.subscribers.unacknowledged': {
    kind: 'gauge',
    unit: '{subscriber}',
    description: 'Listed subscribers of an account that have not acknowledged its active key.',
    columns: ['accountId', 'accountName'],
  },
  'twinkey.rotations': {
    kind: 'counter',
    unit: '{rotation}',
    description: 'Rotations that were completed, and reports that one is delayed or has failed.',
    columns: ['outcome'],
  },
  'twinkey.pass.duration': {
    kind: 'histogram',
    unit: 'ms',
    description: 'How long a pass over one account took.',
    columns: [],
  },
  'twinkey.calls.throttled': {
    kind: 'counter',
    unit: '{call}',
    description: 'Outside calls that were answered 429.',
    columns: ['host'],
  },
  'twinkey.tick.age': {
    kind: 'gauge',
    unit: 's',
    description: 'Time between a tick and the one before it.',
    columns: [],
  },
} as const satisfies Record<string, Metric>;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;
