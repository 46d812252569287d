/** The kinds of errors that the HTTP API answers with; `type` is stable, status and title go with it. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  forbidden: { status: 403, title: 'The caller lacks a role' },
  'not-a-subscriber': { status: 403, title: 'The subscriber is not listed for the account' },
  'not-permitted': { status: 403, title: 'The deployment does not permit it' },
  'unknown-account': { status: 404, title: 'The account is not known' },
  'unknown-rotation': { status: 404, title: 'The rotation is not known' },
  'rotation-under-way': { status: 409, title: 'A rotation is under way' },
  'not-rotatable': { status: 409, title: 'The account cannot be rotated now' },
  'rollback-impossible': { status: 409, title: 'The previous key cannot be brought back' },
  'preview-outdated': { status: 409, title: 'What was confirmed has changed' },
  'fingerprint-not-active': { status: 409, title: 'Another key is active' },
  'idempotency-key-reused': {
    status: 409,
    title: 'The idempotency key was used for another request',
  },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON' },
  'internal-error': { status: 500, title: 'Something is wrong in this service' },
  'upstream-refused': { status: 502, title: 'A service behind this one refuses what it was asked' },
  'upstream-unavailable': { status: 503, title: 'A service behind this one does not answer' },
} as const;

/** One of the kinds of errors. */
export type ProblemKind = keyof typeof PROBLEMS;

/** The stable `type` of a kind of error. */
export function problemType(kind: ProblemKind): string {
  return `urn:twinkey:problem:${kind}`;
}

/** An error as the API's caller sees it: RFC 9457, `application/problem+json`. Never holds a key. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(kind: ProblemKind, detail: string, extensions: Record<string, unknown> = {}) {
    super(detail);
    this.kind = kind;
    this.extensions = extensions;
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }

  /** The body of the answer. */
  toBody(): Record<string, unknown> {
    const { status, title } = PROBLEMS[this.kind];
    const type = problemType(this.kind);
    return { type, title, status, detail: this.message, ...this.extensions };
  }
}
