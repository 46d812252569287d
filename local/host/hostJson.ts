import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { errorText, HostError } from './hostError.ts';
import type { LogLevel } from './rpc.ts';
import type { Settings } from './settings.ts';
import { timeSpanMs } from './timeSpan.ts';

/** What host.json says, defaults filled in, durations in milliseconds. */
export interface HostConfiguration {
  /** Undefined: a function may run for ever. */
  functionTimeoutMs: number | undefined;
  logLevels: Record<string, LogLevel>;
  routePrefix: string;
  queues: QueueConfiguration;
}

export interface QueueConfiguration {
  batchSize: number;
  /** The next batch is fetched once no more than this many messages are still being worked on. */
  newBatchThreshold: number;
  maxDequeueCount: number;
  /** How long a message stays hidden after a failed try. */
  retryHiddenMs: number;
  maxPollingIntervalMs: number;
  messageEncoding: 'base64' | 'none';
}

const LEVELS = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const;

/** Defaults are those of the Functions host v4 and of its Storage queues extension v5. */
const hostJsonSchema = z.object({
  version: z.literal('2.0'),
  functionTimeout: z.string().default('00:30:00'),
  logging: z
    .object({
      logLevel: z.record(z.string(), z.string().toLowerCase().pipe(z.enum(LEVELS))).default({}),
    })
    .prefault({}),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default('api') }).prefault({}),
      queues: z
        .object({
          batchSize: z.int().min(1).max(32).default(16),
          newBatchThreshold: z.int().min(0).optional(),
          maxDequeueCount: z.int().min(1).default(5),
          visibilityTimeout: z.string().default('00:00:00'),
          maxPollingInterval: z.string().default('00:01:00'),
          messageEncoding: z.enum(['base64', 'none']).default('base64'),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** An app setting of this name, e.g. `…__logging__logLevel__default`, wins over host.json. */
const OVERRIDE = /^AzureFunctionsJobHost__(.+)$/;

/**
 * Reads the file at `path`, app settings over it. Settings of features that this host does not have
 * are passed over.
 */
export async function readHostJson(path: string, settings: Settings): Promise<HostConfiguration> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new HostError(`${path}: expected a readable JSON file. ${errorText(error)}`);
  }
  const parsed = hostJsonSchema.safeParse(withOverrides(content, settings));
  if (!parsed.success) {
    throw new HostError(`${path} is not a valid host.json:\n${z.prettifyError(parsed.error)}`);
  }
  const { functionTimeout, logging, extensions } = parsed.data;
  const { queues } = extensions;
  return {
    functionTimeoutMs: functionTimeoutMs(functionTimeout, path),
    logLevels: logging.logLevel,
    routePrefix: extensions.http.routePrefix,
    queues: {
      batchSize: queues.batchSize,
      newBatchThreshold: queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2),
      maxDequeueCount: queues.maxDequeueCount,
      retryHiddenMs: timeSpanMs(queues.visibilityTimeout, `${path}: queues.visibilityTimeout`),
      maxPollingIntervalMs: timeSpanMs(
        queues.maxPollingInterval,
        `${path}: queues.maxPollingInterval`,
      ),
      messageEncoding: queues.messageEncoding,
    },
  };
}

function withOverrides(content: unknown, settings: Settings): unknown {
  const changed: unknown = structuredClone(content);
  for (const [name, value] of Object.entries(settings)) {
    const path = OVERRIDE.exec(name)?.[1]?.split('__') ?? [];
    const last = path.pop();
    if (last === undefined || value === undefined) continue;
    let place = changed as Record<string, unknown>;
    for (const part of path) {
      place[part] ??= {};
      place = place[part] as Record<string, unknown>;
    }
    place[last] = value;
  }
  return changed;
}

/** `-1` is host.json's way to say "no limit". */
export function functionTimeoutMs(text: string, where: string): number | undefined {
  return text === '-1' ? undefined : timeSpanMs(text, `${where}: functionTimeout`);
}
