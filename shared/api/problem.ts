/** The kinds of errors that the HTTP API answers with; `type` is stable, status and title go with it. */
const KINDS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'unknown-account': { status: 404, title: 'The account is not known' },
  'rotation-under-way': { status: 409, title: 'A rotation is under way' },
  'not-rotatable': { status: 409, title: 'The account cannot be rotated now' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'upstream-unavailable': { status: 503, title: 'A service behind this one does not answer' },
  'internal-error': { status: 500, title: 'Something is wrong in this service' },
} as const;

/** One of the kinds of errors. */
export type ProblemKind = keyof typeof KINDS;

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
    return KINDS[this.kind].status;
  }

  /** The body of the answer. */
  toBody(): Record<string, unknown> {
    const { status, title } = KINDS[this.kind];
    const type = `urn:twinkey:problem:${this.kind}`;
    return { type, title, status, detail: this.message, ...this.extensions };
  }
}
