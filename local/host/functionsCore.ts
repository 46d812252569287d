import Module from 'node:module';
import { HostError } from './hostError.ts';
import type { LogEntry, Logger } from './logger.ts';
import type {
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './rpc.ts';

/** A function as the app registered it, before anything is checked. */
export interface RegisteredFunction {
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

const HOOK_NAMES = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
type HookName = (typeof HOOK_NAMES)[number];

/** Undoes a registration, as `@azure/functions-core` offers it. */
class Disposable {
  #undo: (() => void) | undefined;

  constructor(undo: () => void) {
    this.#undo = undo;
  }

  dispose(): void {
    this.#undo?.();
    this.#undo = undefined;
  }
}

/**
 * Stands in for the module `@azure/functions-core`. In Azure the language worker puts it in place by
 * intercepting `require`; the library then registers the app's functions and hooks with it.
 */
export class FunctionsCore {
  /** Shared by all hooks of the app, for its whole life. */
  readonly appHookData: Record<string, unknown> = {};
  readonly #functions = new Map<string, RegisteredFunction>();
  readonly #hooks = new Map<HookName, HookCallback[]>(HOOK_NAMES.map((name) => [name, []]));
  readonly #logger: Logger;
  #model: ProgrammingModel | undefined;
  #sealed: boolean = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** From here on `require('@azure/functions-core')` anywhere in this process answers this object. */
  install(): void {
    const api = this.#api();
    const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
    const load = loader._load;
    loader._load = function (request, ...rest) {
      return request === '@azure/functions-core' ? api : load.call(this, request, ...rest);
    };
  }

  /** Ends start-up: what registers later would never be triggered, so it is refused. */
  seal(): RegisteredFunction[] {
    this.#sealed = true;
    return [...this.#functions.values()];
  }

  get model(): ProgrammingModel {
    if (!this.#model) {
      throw new HostError(
        'The app registered nothing. Expected its files to import @azure/functions (v4) and call ' +
          'app.http, app.timer, app.storageQueue or app.eventGrid.',
      );
    }
    return this.#model;
  }

  /** Runs hooks one after another, in the order of registration; a throw stops what they guard. */
  async runHooks(name: HookName, context: Record<string, unknown>): Promise<void> {
    for (const hook of this.#hooks.get(name) ?? []) await hook(context);
  }

  /** Shows the entry to the app's log hooks, which may change level and message, and writes it. */
  log(entry: LogEntry, invocationContext?: unknown): void {
    const seen = { ...entry, invocationContext };
    for (const hook of this.#hooks.get('log') ?? []) hook(seen);
    this.#logger.log({ ...entry, level: seen.level, message: seen.message });
  }

  #api() {
    return {
      version: '3.0.0-local',
      hostVersion: '4.0.0-local',
      Disposable,
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) =>
        this.#registerFunction(metadata, callback),
      registerHook: (name: string, callback: HookCallback) => this.#registerHook(name, callback),
      log: (level: LogLevel, category: LogCategory, message: string) =>
        this.log({ level, category, message }),
    };
  }

  #registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    const { name } = metadata;
    if (this.#sealed) {
      throw new HostError(`Function "${name}": expected to be registered while the app starts.`);
    }
    // Function names are compared without case in Azure: they become part of URLs and blob names.
    const key = name.toLowerCase();
    const taken = this.#functions.get(key);
    if (taken) {
      throw new HostError(
        `Expected every function to have a name of its own, found "${taken.metadata.name}" and ` +
          `"${name}". Rename one of them.`,
      );
    }
    this.#functions.set(key, { metadata, callback });
    return new Disposable(() => this.#functions.delete(key));
  }

  #registerHook(name: string, callback: HookCallback): Disposable {
    const hooks = this.#hooks.get(name as HookName);
    if (!hooks) {
      // The library recognises an outdated host by exactly this kind of error.
      const message = `Unknown hook "${name}", expected one of ${HOOK_NAMES.join(', ')}.`;
      throw Object.assign(new RangeError(message), { isAzureFunctionsSystemError: true });
    }
    hooks.push(callback);
    return new Disposable(() => hooks.splice(hooks.indexOf(callback), 1));
  }
}
