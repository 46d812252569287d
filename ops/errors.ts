/** What was typed cannot be understood: exit code 2. The message says expected, found, what to do. */
export class UsageError extends Error {}

/** The service refused, failed or cannot be reached: exit code 1. */
export class RequestError extends Error {
  /** The stable `type` of the API's answer, without its prefix; undefined where it gave none. */
  readonly kind: string | undefined;
  /** The same request may succeed a little later. */
  readonly isTransient: boolean;

  constructor(message: string, options: { kind?: string; isTransient?: boolean } = {}) {
    super(message);
    this.kind = options.kind;
    this.isTransient = options.isTransient ?? false;
  }
}
