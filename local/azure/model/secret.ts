import { AzureError } from './azure-error.ts';

/** What a caller may set of a secret's version besides its value. Times in epoch seconds. */
export interface SecretProperties {
  readonly tags?: Record<string, string>;
  readonly contentType?: string;
  readonly enabled?: boolean;
  readonly notBefore?: number;
  readonly expires?: number;
}

/** One version of a secret. Times in epoch seconds, the resolution of the real service. */
export interface SecretVersion extends SecretProperties {
  readonly name: string;
  readonly version: string;
  readonly value: string;
  readonly enabled: boolean;
  readonly created: number;
  readonly updated: number;
}

const limits = { valueBytes: 25 * 1024, tags: 15, tagLength: 256 };

export function assertSecretName(name: string): void {
  if (/^[0-9a-zA-Z-]{1,127}$/.test(name)) return;
  throw badParameter(`The request URI contains an invalid name: ${name}`);
}

export function assertSecretValue(value: unknown): asserts value is string {
  if (typeof value !== 'string') throw badParameter('Property value is required.');
  if (Buffer.byteLength(value) > limits.valueBytes) {
    throw badParameter(`Property value has invalid length: at most ${limits.valueBytes} bytes.`);
  }
}

export function assertSecretTags(tags: Record<string, string> = {}): void {
  const entries = Object.entries(tags);
  if (entries.length > limits.tags) throw badParameter(`Too many tags: at most ${limits.tags}.`);
  for (const [name, value] of entries) {
    if (name.length > limits.tagLength || value.length > limits.tagLength) {
      throw badParameter(`A tag is too long: at most ${limits.tagLength} characters.`);
    }
  }
}

function badParameter(message: string): AzureError {
  return new AzureError(400, 'BadParameter', message);
}
