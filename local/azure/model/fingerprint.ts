import { createHash } from 'node:crypto';

/** The first 12 hex digits of a key's SHA-256: names a key in logs without showing it. */
export function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}
