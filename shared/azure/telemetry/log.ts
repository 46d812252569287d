import type { Telemetry, TelemetryEntry } from '../../service/ports.ts';

/** Where lines go: the Functions invocation's `context`, or `console`. */
export type LogFunctions = Readonly<
  Record<TelemetryEntry['level'], (message: string, properties: object) => void>
>;

/**
 * Telemetry through log functions: a sentence for people, and the same as properties, which
 * Application Insights keeps as columns. A log function that throws is ignored: saying what the
 * service does must never change what it does.
 */
export function logTelemetry(log: LogFunctions): Telemetry {
  return {
    record(entry) {
      const { level, message, data, ...rest } = entry;
      const subject = [entry.name, entry.reason, entry.accountId].filter(Boolean).join(' ');
      try {
        log[level](`${subject}: ${message}`, { ...rest, ...data });
      } catch {
        // Nowhere is left to say so.
      }
    },
  };
}
