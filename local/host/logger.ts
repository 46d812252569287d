import type { LogCategory, LogLevel } from './rpc.ts';

/** One thing worth saying; `functionName` and `invocationId` when a function is concerned. */
export interface LogEntry {
  level: LogLevel;
  category: LogCategory;
  message: string;
  functionName?: string;
  invocationId?: string;
}

const SEVERITY: Record<LogLevel, number> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};

/**
 * Writes entries to stdout, one line each, at or above the level that host.json sets.
 *
 * host.json's `logLevel` is a map from category prefix to level; the longest prefix wins. An app's
 * own lines are in `Function.<name>.User`, the host's lines about a function in `Function.<name>`,
 * everything else in `Host`.
 */
export class Logger {
  readonly #format: 'json' | 'text';
  readonly #levels: [prefix: string, level: LogLevel][];
  readonly #write: (line: string) => void;

  constructor(
    format: 'json' | 'text',
    levels: Record<string, LogLevel>,
    write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
  ) {
    this.#format = format;
    this.#levels = Object.entries(levels).sort(([a], [b]) => b.length - a.length);
    this.#write = write;
  }

  log(entry: LogEntry): void {
    if (SEVERITY[entry.level] < SEVERITY[this.#threshold(entry)]) return;
    const time = new Date().toISOString();
    this.#write(
      this.#format === 'json'
        ? JSON.stringify({ time, ...entry })
        : `${time} ${entry.level.padEnd(11)} [${entry.functionName ?? 'host'}] ${entry.message}`,
    );
  }

  /** A line of the host's own, about a function or about itself. */
  host(level: LogLevel, message: string, functionName?: string): void {
    this.log({ level, category: 'system', message, ...(functionName && { functionName }) });
  }

  #threshold(entry: LogEntry): LogLevel {
    const owner = entry.functionName ? `Function.${entry.functionName}` : 'Host';
    const category = entry.category === 'user' ? `${owner}.User` : owner;
    const match = this.#levels.find(
      ([prefix]) => category === prefix || category.startsWith(`${prefix}.`),
    );
    const fallback = this.#levels.find(([prefix]) => prefix.toLowerCase() === 'default');
    return match?.[1] ?? fallback?.[1] ?? 'information';
  }
}
