import { randomBytes, randomUUID } from 'node:crypto';
import type { FunctionsCore } from './functionsCore.ts';
import { errorText } from './hostError.ts';
import type { HostedFunction } from './hostedFunction.ts';
import type {
  CoreInvocationContext,
  InvocationResponse,
  LogCategory,
  LogLevel,
  RetryContext,
  TypedData,
} from './rpc.ts';

/** What a trigger hands to a call. */
export interface Call {
  input: TypedData;
  triggerMetadata?: Record<string, TypedData>;
  retryContext?: RetryContext;
}

/** A failure is an answer, not a throw: each trigger has its own way to deal with it. */
export type Outcome =
  | { succeeded: true; returnValue: TypedData | undefined }
  | { succeeded: false; error: unknown };

export interface InvokerOptions {
  core: FunctionsCore;
  /** Carries out a call's output bindings; the call has failed when this throws. */
  sendOutputs: (hosted: HostedFunction, response: InvocationResponse) => Promise<void>;
  /** Undefined: no limit. */
  timeoutMs: number | undefined;
  /** Called when a call ran over; has to end the process, as nothing else stops running code. */
  onTimeout: () => void;
}

/** Carries out single calls of functions the way Azure's language worker does. */
export class Invoker {
  readonly #options: InvokerOptions;

  constructor(options: InvokerOptions) {
    this.#options = options;
  }

  /** Never throws. */
  async invoke(hosted: HostedFunction, call: Call): Promise<Outcome> {
    const { core } = this.#options;
    const about = { functionName: hosted.name, invocationId: randomUUID() };
    const say = (level: LogLevel, message: string) =>
      core.log({ level, category: 'system', message, ...about });
    const startedAt = performance.now();
    const timer = this.#startTimer(say);
    try {
      const response = await this.#run(hosted, call, about.invocationId);
      await this.#options.sendOutputs(hosted, response);
      say('information', `Executed (Succeeded, Duration=${elapsedMs(startedAt)}ms)`);
      return { succeeded: true, returnValue: response.returnValue ?? undefined };
    } catch (error) {
      say('error', `Executed (Failed, Duration=${elapsedMs(startedAt)}ms) ${errorText(error)}`);
      return { succeeded: false, error };
    } finally {
      clearTimeout(timer);
    }
  }

  #startTimer(say: (level: LogLevel, message: string) => void): NodeJS.Timeout | undefined {
    const { timeoutMs, onTimeout } = this.#options;
    if (timeoutMs === undefined) return undefined;
    return setTimeout(() => {
      say('critical', `Timed out after ${timeoutMs} ms (functionTimeout); the host ends.`);
      onTimeout();
    }, timeoutMs);
  }

  async #run(
    hosted: HostedFunction,
    call: Call,
    invocationId: string,
  ): Promise<InvocationResponse> {
    const { core } = this.#options;
    let appContext: unknown;
    const coreContext = coreInvocationContext(hosted, call, invocationId, (level, category, text) =>
      core.log(
        { level, category, message: text, functionName: hosted.name, invocationId },
        appContext,
      ),
    );
    const model = core.model.getInvocationModel(coreContext);
    const { context, inputs } = await model.getArguments();
    appContext = context;

    const shared = { hookData: {}, appHookData: core.appHookData, invocationContext: context };
    const before = { ...shared, functionCallback: hosted.callback, inputs };
    coreContext.state = 'preInvocationHooks';
    await core.runHooks('preInvocation', before);

    const after: { result: unknown; error: unknown } = { result: null, error: null };
    coreContext.state = 'invocation';
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error;
    }

    // The hooks may replace a result or an error, so both are read back from the object they got.
    const seen = { ...shared, inputs: before.inputs, ...after };
    coreContext.state = 'postInvocationHooks';
    await core.runHooks('postInvocation', seen);
    coreContext.state = undefined;
    if (seen.error !== null && seen.error !== undefined) throw seen.error;
    return model.getResponse(context, seen.result);
  }
}

function coreInvocationContext(
  hosted: HostedFunction,
  { input, triggerMetadata, retryContext }: Call,
  invocationId: string,
  log: (level: LogLevel, category: LogCategory, message: string) => void,
): CoreInvocationContext {
  const traceParent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
  return {
    invocationId,
    request: {
      invocationId,
      functionId: hosted.name,
      inputData: [{ name: hosted.trigger.name, data: input }],
      triggerMetadata: triggerMetadata ?? {},
      traceContext: { traceParent, traceState: '', attributes: {} },
      ...(retryContext && { retryContext }),
    },
    metadata: hosted.metadata,
    state: undefined,
    log,
  };
}

function elapsedMs(since: number): number {
  return Math.round(performance.now() - since);
}
