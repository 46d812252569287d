/** What kind of trouble an outside call ran into. */
export type FailureKind =
  | 'unauthorized'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'throttled'
  | 'invalid'
  | 'unavailable'
  | 'timeout'
  | 'notSent';

/**
 * The one failure type of this project. `message` never carries a key or a token; it names the
 * call, what came back, and is rendered for people only at the edges.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retriable: boolean;
  /** The wait that the service asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { retriable?: boolean; retryAfterMs?: number | undefined } = {},
  ) {
    super(message);
    this.kind = kind;
    this.retriable = options.retriable ?? ['throttled', 'unavailable', 'timeout'].includes(kind);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A value that was read, or the failure that kept it from being read. */
export type Read<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** A successful read of `value`. */
export function known<T>(value: T): Read<T> {
  return { ok: true, value };
}

/** A read that failed. */
export function unknown(failure: Failure): { ok: false; failure: Failure } {
  return { ok: false, failure };
}
