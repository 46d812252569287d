/**
 * The shapes that cross the border between host and `@azure/functions`: the part of
 * `@azure/functions-core` (supplied by Azure's own language worker, not on npm) that is used here.
 */

/** A value on its way in or out; exactly one field is set. */
export interface TypedData {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
  http?: HttpData;
}

interface Nullable<T> {
  value?: T;
}

export interface HttpData {
  method?: string;
  /** Absolute. */
  url?: string;
  statusCode?: string;
  headers?: Record<string, string>;
  nullableHeaders?: Record<string, Nullable<string>>;
  nullableParams?: Record<string, Nullable<string>>;
  nullableQuery?: Record<string, Nullable<string>>;
  cookies?: HttpCookie[];
  body?: TypedData | null;
}

export interface HttpCookie {
  name: string;
  value: string;
  domain?: Nullable<string>;
  path?: Nullable<string>;
  expires?: Nullable<{ seconds: number }>;
  secure?: Nullable<boolean>;
  httpOnly?: Nullable<boolean>;
  /** `none` means "not set"; a cookie's own `SameSite=None` is `explicitNone`. */
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  /** Seconds. */
  maxAge?: Nullable<number>;
}

export interface FunctionMetadata {
  name: string;
  bindings: Record<string, Record<string, unknown>>;
  retryOptions?: RetryOptions;
}

export interface RetryOptions {
  retryStrategy: 'fixedDelay' | 'exponentialBackoff';
  /** -1 retries without end. */
  maxRetryCount: number;
  delayInterval?: { seconds: number };
  minimumInterval?: { seconds: number };
  maximumInterval?: { seconds: number };
}

export interface RetryContext {
  retryCount: number;
  maxRetryCount: number;
  exception?: { message: string; source: string; stackTrace: string };
}

export type FunctionCallback = (...args: unknown[]) => unknown;
export type HookCallback = (context: Record<string, unknown>) => unknown;
export type LogLevel =
  | 'trace'
  | 'debug'
  | 'information'
  | 'warning'
  | 'error'
  | 'critical'
  | 'none';
export type LogCategory = 'user' | 'system' | 'customMetric';
type InvocationState = 'preInvocationHooks' | 'postInvocationHooks' | 'invocation';

interface InvocationRequest {
  invocationId: string;
  functionId: string;
  inputData: { name: string; data: TypedData }[];
  triggerMetadata: Record<string, TypedData>;
  traceContext?: { traceParent: string; traceState: string; attributes: Record<string, string> };
  retryContext?: RetryContext;
}

export interface InvocationResponse {
  returnValue?: TypedData | null;
  outputData?: { name: string; data: TypedData }[];
}

/** What the library sees of one call; it reads `state` to notice a log call that came too late. */
export interface CoreInvocationContext {
  invocationId: string;
  request: InvocationRequest;
  metadata: FunctionMetadata;
  state: InvocationState | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

/** One call, as the library carries it out. */
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], handler: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

/** `@azure/functions` itself, as it announces itself to the worker. */
export interface ProgrammingModel {
  name: string;
  version: string;
  getCapabilities(defaults: Record<string, string>): Promise<Record<string, string>>;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
}
