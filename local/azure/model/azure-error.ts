interface AzureErrorDetails {
  /** Key Vault's `error.innererror.code`, the one its callers tell cases apart by. */
  readonly innerCode?: string;
  readonly retryAfterSeconds?: number;
}

/** A refusal as a service would answer it. The fronts render it; the effect did not happen. */
export class AzureError extends Error {
  readonly status: number;
  readonly code: string;
  readonly innerCode: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, message: string, details: AzureErrorDetails = {}) {
    super(message);
    this.name = 'AzureError';
    this.status = status;
    this.code = code;
    this.innerCode = details.innerCode;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
