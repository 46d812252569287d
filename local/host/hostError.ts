/**
 * A start-up problem that a person can mend. Its message is the whole output of a failed start, so
 * it says what was expected, what was found and what to do.
 */
export class HostError extends Error {
  override readonly name = 'HostError';
}

/** The text of anything thrown. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
