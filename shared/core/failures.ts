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
  /** The end of `message`, where many calls fail for one reason that takes long to tell. */
  readonly because: string | undefined;
  /** `message` without `because`, for where that is told already. */
  readonly brief: string;

  constructor(
    kind: FailureKind,
    message: string,
    options: { retriable?: boolean; retryAfterMs?: number | undefined; because?: string } = {},
  ) {
    super(options.because ? `${message}: ${options.because}` : message);
    this.kind = kind;
    this.because = options.because;
    this.brief = message;
    this.retriable = options.retriable ?? ['throttled', 'unavailable', 'timeout'].includes(kind);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The messages of failures in one; a reason that several have in common is told once, at its last. */
export function messageOf(failures: readonly Failure[]): string {
  return failures
    .map(({ message, brief, because }, index) => {
      const later = failures.slice(index + 1);
      const toldLater = because !== undefined && later.some((one) => one.because === because);
      return toldLater ? brief : message;
    })
    .join('; ');
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
