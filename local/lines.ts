import { createInterface } from 'node:readline';

/** Calls the listener with each line that a child process writes. */
export function eachLine(
  stream: NodeJS.ReadableStream | null,
  listener: (line: string) => void,
): void {
  if (stream) createInterface({ input: stream }).on('line', listener);
}
