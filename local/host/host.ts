import { setTimeout as delay } from 'node:timers/promises';
import { loadApp } from './appLoader.ts';
import { BlobLock } from './blobLock.ts';
import { EventGridTriggers } from './eventGridTrigger.ts';
import { FunctionKey } from './functionKey.ts';
import { FunctionsCore } from './functionsCore.ts';
import {
  type HostedFunction,
  hostedFunction,
  type QueueTrigger,
  type TimerTrigger,
  triggeredBy,
} from './hostedFunction.ts';
import type { HostConfiguration } from './hostJson.ts';
import { HttpServer } from './httpServer.ts';
import { HttpTriggers } from './httpTrigger.ts';
import { Invoker } from './invoker.ts';
import type { Listener } from './listener.ts';
import type { Logger } from './logger.ts';
import { QueueListener } from './queueListener.ts';
import { QueueMessageProcessor } from './queueMessageProcessor.ts';
import { sendQueueOutputs } from './queueOutput.ts';
import { Schedule } from './schedule.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { Storage } from './storage.ts';
import { TimerListener } from './timerListener.ts';
import { TimerStatusStore } from './timerStatusStore.ts';

export interface HostOptions {
  /** Pattern of the app's entry files, as `main` in its package.json. */
  app: string;
  /** The directory that the pattern starts from. */
  directory: string;
  configuration: HostConfiguration;
  settings: Settings;
  /** Names this app in the storage account: hosts with the same id share timers. */
  hostId: string;
  key: string;
  port: number;
  bodyLimitBytes: number;
  /** The headers that name the platform's principal are let in. */
  trustPrincipal: boolean;
  queueHiddenMs: number;
  logger: Logger;
  /** Told where the host is reached before anything is invoked. */
  onListening: (url: string) => void;
  /** A function ran over host.json's `functionTimeout`: end the process. */
  onTimeout: () => void;
}

/** What all triggers are built from. */
interface Parts {
  options: HostOptions;
  storage: Storage;
  invoker: Invoker;
}

/**
 * Runs an unmodified Functions app (Node v4 model) on this machine: loads it as Azure's worker does,
 * then listens to timers, queues and HTTP with the semantics of Azure's host.
 */
export class Host {
  readonly #core: FunctionsCore;
  readonly #server: HttpServer;
  readonly #listeners: Listener[];
  readonly #options: Pick<HostOptions, 'logger' | 'onListening'>;

  private constructor(
    core: FunctionsCore,
    server: HttpServer,
    listeners: Listener[],
    options: Pick<HostOptions, 'logger' | 'onListening'>,
  ) {
    this.#core = core;
    this.#server = server;
    this.#listeners = listeners;
    this.#options = options;
  }

  /** Throws a `HostError` when the app or its settings are not in order; nothing runs then. */
  static async load(options: HostOptions): Promise<Host> {
    const { configuration, settings, logger, onTimeout } = options;
    const core = new FunctionsCore(logger);
    core.install();
    const registered = await loadApp(options.app, options.directory, core);
    const functions = registered.map(hostedFunction);

    const storage = new Storage(settings, configuration.queues.messageEncoding);
    const invoker = new Invoker({
      core,
      timeoutMs: configuration.functionTimeoutMs,
      onTimeout,
      sendOutputs: (hosted, response) => sendQueueOutputs(hosted, response, storage),
    });
    for (const { name, queueOutputs } of functions) {
      // Opening checks the settings now rather than at the first message.
      for (const output of queueOutputs) storage.queue(output, where(name));
    }

    const parts = { options, storage, invoker };
    const listeners: Listener[] = [
      ...triggeredBy(functions, 'queuetrigger').map((hosted) => queueListener(hosted, parts)),
      ...triggeredBy(functions, 'timertrigger').map((hosted) => timerListener(hosted, parts)),
    ];
    const server = httpServer(functions, parts);
    logger.host('information', `Functions: ${functions.map(({ name }) => name).join(', ')}`);
    return new Host(core, server, listeners, options);
  }

  /** Opens the HTTP front first: a timer's first run may already be called back on it. */
  async start(): Promise<void> {
    await this.#server.start();
    this.#options.onListening(this.url);
    await Promise.all(this.#listeners.map((listener) => listener.start()));
  }

  /** Where the host is reached; known once it has started. */
  get url(): string {
    return this.#server.url;
  }

  /** Takes in nothing new and waits, within the limit, for what is under way. */
  async stop(drainMs: number): Promise<void> {
    const stopped = Promise.all([this.#server, ...this.#listeners].map((one) => one.stop()));
    const drained = stopped.then(() => true);
    if (!(await Promise.race([drained, delay(drainMs, false)]))) {
      this.#options.logger.host('warning', `Still running after ${drainMs} ms; cut short.`);
    }
    await this.#core.runHooks('appTerminate', {
      hookData: {},
      appHookData: this.#core.appHookData,
    });
  }
}

function httpServer(functions: readonly HostedFunction[], parts: Parts): HttpServer {
  const { options, invoker } = parts;
  const key = new FunctionKey(options.key);
  const eventGrid = new EventGridTriggers({
    functions: triggeredBy(functions, 'eventgridtrigger'),
    key,
    invoker,
  });
  const http = new HttpTriggers({
    functions: triggeredBy(functions, 'httptrigger'),
    routePrefix: options.configuration.routePrefix,
    key,
    bodyLimitBytes: options.bodyLimitBytes,
    trustPrincipal: options.trustPrincipal,
    invoker,
  });
  return new HttpServer(options.port, [eventGrid, http], options.logger);
}

function queueListener(hosted: HostedFunction<QueueTrigger>, parts: Parts): Listener {
  const { options, storage, invoker } = parts;
  const shared = {
    hosted,
    queue: storage.queue(hosted.trigger, where(hosted.name)),
    configuration: options.configuration.queues,
    hiddenMs: options.queueHiddenMs,
    logger: options.logger,
  };
  const poisonQueue = storage.poisonQueue(hosted.trigger, where(hosted.name));
  const processor = new QueueMessageProcessor({ ...shared, poisonQueue, invoker });
  return new QueueListener({ ...shared, process: (message) => processor.process(message) });
}

/** Blob names follow Azure's host, for whoever goes looking with a storage explorer. */
function timerListener(hosted: HostedFunction<TimerTrigger>, parts: Parts): Listener {
  const { options, storage, invoker } = parts;
  const { hostId, settings, logger } = options;
  const expression = resolveSettings(hosted.trigger.schedule, settings, where(hosted.name));
  const container = storage.hostContainer(where(hosted.name));
  const id = `${hostId}/Host.Functions.${hosted.name}`;
  return new TimerListener({
    hosted,
    schedule: new Schedule(expression, where(hosted.name)),
    lock: new BlobLock(container, `locks/${id}.Listener`),
    status: new TimerStatusStore(container, `timers/${id}/status`),
    invoker,
    logger,
  });
}

function where(functionName: string): string {
  return `Function "${functionName}"`;
}
